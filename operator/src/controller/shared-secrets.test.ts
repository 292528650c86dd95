import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Refused } from '../../testing/refused.ts';
import { wantedExample } from '../desired/testing/wanted-example.ts';
import { SECRET } from '../kube/builtin-kinds.ts';
import { AlreadyExists } from '../kube/failures.ts';
import { KubeApi } from '../kube/kube-api.ts';
import type { PaxosCluster } from '../resource/paxos-cluster.ts';
import { parsePaxosCluster } from '../resource/paxos-cluster.ts';
import { CachedObjects } from './cluster-objects.ts';
import { type ClusterAccess, SharedSecrets } from './shared-secrets.ts';

const METADATA = { name: 'demo', namespace: 'shop', uid: 'u-1', generation: 1, resourceVersion: '1' };
const AUTH = { namespace: 'shop', name: 'demo-auth' };

function clusterOf(spec: object = {}, metadata: object = {}): PaxosCluster {
  const parsed = parsePaxosCluster({ metadata: { ...METADATA, ...metadata }, spec });
  if (parsed.kind === 'faulty') assert.fail('the spec is understood');
  return parsed.cluster;
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

const started = (): {
  server: FakeApiServer;
  access: (cluster?: PaxosCluster) => Promise<ClusterAccess>;
} => {
  const server = new FakeApiServer();
  const api = new KubeApi({ transport: server.transport(), fieldManager: 'paxoskv-operator' });
  const secrets = new SharedSecrets(api, new CachedObjects(new Map()));
  return {
    server,
    access: async (cluster = clusterOf()) => await secrets.accessOf(cluster, wantedExample()),
  };
};
const dataOf = (server: FakeApiServer): Record<string, string> =>
  (server.get(SECRET, AUTH) as unknown as { data: Record<string, string> }).data;

suite('SharedSecrets', () => {
  test('makes what is missing once', async () => {
    const { server, access } = started();
    const first = await access();
    assert.equal(server.list(SECRET, 'shop').length, 2);
    assert.deepEqual(await access(), first);
    assert.deepEqual(first.missing, []);
  });

  test('gives a Secret the key that it lacks, and leaves the others', async () => {
    const { server, access } = started();
    const { apiVersion, kind } = SECRET;
    server.create(SECRET, { apiVersion, kind, metadata: AUTH, data: { note: encoded('mine') } } as never);
    const { password } = await access();
    assert.deepEqual(dataOf(server), { note: encoded('mine'), password: encoded(password) });
  });

  test('takes an empty value for none', async () => {
    const { server, access } = started();
    const { apiVersion, kind } = SECRET;
    server.create(SECRET, { apiVersion, kind, metadata: AUTH, data: { password: '' } } as never);
    const { password } = await access();
    assert.notEqual(password, '');
    assert.deepEqual(dataOf(server), { password: encoded(password) });
    const named = { ...AUTH, name: 'bought' };
    const data = { 'tls.crt': encoded('c'), 'tls.key': encoded('k'), 'ca.crt': '' };
    server.create(SECRET, { apiVersion, kind, metadata: named, data } as never);
    const { missing } = await access(clusterOf({ tls: { secretName: 'bought' } }));
    assert.deepEqual(missing, ['the Secret bought must have ca.crt']);
  });

  test('goes by nothing that was drawn when somebody else has made the Secret meanwhile, without the key', async () => {
    const { server, access } = started();
    const { apiVersion, kind } = SECRET;
    await access();
    server.delete(SECRET, AUTH);
    server.create(SECRET, { apiVersion, kind, metadata: AUTH, data: {} } as never);
    // It was not there yet when it was looked for.
    server.fail(1, new Refused(404, 'NotFound', 'not found'), ({ method, path }) => {
      return method === 'GET' && path.endsWith(`/secrets/${AUTH.name}`);
    });
    await assert.rejects(access(), AlreadyExists);
    const { password } = await access();
    assert.deepEqual(dataOf(server), { password: encoded(password) });
  });

  test('makes none for a cluster that is paused or being deleted, and says what is missing', async () => {
    const deleted = clusterOf({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    for (const cluster of [clusterOf({ paused: true }), deleted]) {
      const { server, access } = started();
      const { missing } = await access(cluster);
      assert.deepEqual(missing, ['there is no Secret demo-cluster-secret', 'there is no Secret demo-auth']);
      assert.deepEqual(server.list(SECRET, 'shop'), []);
    }
  });

  test('says that the server refuses one', async () => {
    const { server, access } = started();
    const quota = new Refused(403, 'Forbidden', 'exceeded quota');
    server.fail(1, quota, ({ method, path }) => method === 'POST' && path.endsWith('/secrets'));
    const { missing } = await access();
    assert.equal(missing.length, 1);
    assert.match(missing[0] ?? '', /^there is no Secret demo-cluster-secret: .*exceeded quota/);
  });
});
