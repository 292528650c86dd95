/** What tests of crashes rely on in the stand-in: the n-th write, done or lost, is the last that is answered. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CONFIG_MAP } from '../src/kube/builtin-kinds.ts';
import { ConnectionFailed } from '../src/kube/failures.ts';
import { KubeApi } from '../src/kube/kube-api.ts';
import type { KubeObject } from '../src/kube/kube-object.ts';
import { FakeApiServer } from './fake-api-server.ts';

const object = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'test', name },
});

suite('FakeApiServer crashAtWrite()', () => {
  for (const write of ['done', 'lost'] as const) {
    test(`breaks off at the second write, which is ${write}, until it is revived`, async () => {
      const server = new FakeApiServer();
      const api = new KubeApi({ transport: server.transport(), fieldManager: 'test' });
      server.crashAtWrite(2, write);
      await api.apply(CONFIG_MAP, object('a'));
      assert.equal(await api.find(CONFIG_MAP, object('b').metadata), undefined, 'a read is no write');
      await assert.rejects(api.apply(CONFIG_MAP, object('b')), ConnectionFailed);
      assert.equal(server.hasCrashed, true);
      assert.equal(server.find(CONFIG_MAP, object('b').metadata) !== undefined, write === 'done');
      await assert.rejects(api.find(CONFIG_MAP, object('a').metadata), ConnectionFailed);
      await assert.rejects(api.apply(CONFIG_MAP, object('c')), ConnectionFailed);
      server.revive();
      assert.equal(server.find(CONFIG_MAP, object('c').metadata), undefined);
      await api.apply(CONFIG_MAP, object('c'));
    });
  }

  test('what belonged to a deleted object goes with it, unless it belongs to another, too', async () => {
    const server = new FakeApiServer();
    const [one, other] = ['one', 'other'].map((name) => server.create(CONFIG_MAP, object(name)));
    assert.ok(one !== undefined && other !== undefined);
    const owned = (name: string, ...owners: (typeof one)[]): KubeObject => ({
      ...object(name),
      metadata: {
        ...object(name).metadata,
        ownerReferences: owners.map(({ apiVersion, kind, metadata }) => ({
          apiVersion,
          kind,
          name: metadata.name,
          uid: metadata.uid,
        })),
      },
    });
    server.create(CONFIG_MAP, owned('child', one));
    server.create(CONFIG_MAP, owned('shared', one, other));
    server.delete(CONFIG_MAP, one.metadata);
    assert.deepEqual(
      server.list(CONFIG_MAP).map(({ metadata }) => metadata.name),
      ['other', 'shared'],
    );
  });

  test('an object with a finalizer ends when that is taken away', () => {
    const server = new FakeApiServer();
    const bare = object('a');
    server.create(CONFIG_MAP, { ...bare, metadata: { ...bare.metadata, finalizers: ['test/hold'] } });
    server.delete(CONFIG_MAP, bare.metadata);
    assert.notEqual(server.find(CONFIG_MAP, bare.metadata)?.metadata.deletionTimestamp, undefined);
    server.patch(CONFIG_MAP, bare.metadata, { metadata: { finalizers: [] } });
    assert.equal(server.find(CONFIG_MAP, bare.metadata), undefined);
  });
});
