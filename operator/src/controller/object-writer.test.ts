/** What is written where something is already, on a stand-in for an API server. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Refused } from '../../testing/refused.ts';
import { wantedExample } from '../desired/testing/wanted-example.ts';
import { Applier } from '../kube/applier.ts';
import { SERVICE, SERVICE_ACCOUNT, STATEFUL_SET } from '../kube/builtin-kinds.ts';
import { KubeApi } from '../kube/kube-api.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { CachedObjects, type ClusterObjects, type LooseObject } from './cluster-objects.ts';
import { ObjectWriter, type Written } from './object-writer.ts';

const wanted = wantedExample();
const { namespace, name, uid } = wanted.metadata;
const LABEL = 'paxoskv.dev/cluster';
const NOTHING: ClusterObjects = {
  resource: { metadata: wanted.metadata } as unknown as LooseObject,
  statefulSet: undefined,
  pods: [],
  claims: [],
  orders: undefined,
};

/** A server with one object of that kind and name on it, and what becomes of a write. */
async function writeBeside(
  kind: typeof SERVICE,
  metadata: KubeObject['metadata'],
): Promise<{ server: FakeApiServer; written: Written; refused: string[] }> {
  const server = new FakeApiServer();
  server.create(kind, {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { ...metadata, namespace },
  });
  const api = new KubeApi({ transport: server.transport(), fieldManager: 'paxoskv-operator' });
  const writer = new ObjectWriter({ api, applier: new Applier(api), cached: new CachedObjects(new Map()) });
  const written = await writer.write(wanted, NOTHING);
  return { server, written, refused: written.refusals.map((refusal) => `${refusal.kind} ${refusal.name}`) };
}

suite('ObjectWriter', () => {
  test('lets the object of another cluster be, whose name is the same, and says so', async () => {
    const taken = { name: `${name}-leader`, labels: { [LABEL]: `${name}-leader` } };
    const { server, written, refused } = await writeBeside(SERVICE, taken);
    assert.deepEqual(refused, [`Service ${name}-leader`]);
    assert.match(written.refusals[0]?.message ?? '', new RegExp(`of the PaxosCluster ${name}-leader`));
    assert.deepEqual(server.get(SERVICE, { namespace, name: taken.name }).metadata.labels, taken.labels);
    assert.ok(server.find(SERVICE, { namespace, name }) !== undefined);
  });

  test('lets the object of somebody else be, and makes no pods that would need one of their own', async () => {
    const { server, written, refused } = await writeBeside(SERVICE_ACCOUNT, { name });
    assert.deepEqual(refused, [`ServiceAccount ${name}`]);
    assert.match(written.refusals[0]?.message ?? '', /of somebody else/);
    assert.equal(server.find(STATEFUL_SET, { namespace, name }), undefined);
  });

  test('gives an object of its own the labels back that somebody took', async () => {
    const owner = { apiVersion: 'paxoskv.dev/v1alpha1', kind: 'PaxosCluster', name, uid };
    const { server, refused } = await writeBeside(SERVICE, { name, ownerReferences: [owner] });
    assert.deepEqual(refused, []);
    assert.equal(server.get(SERVICE, { namespace, name }).metadata.labels?.[LABEL], name);
  });

  test('asks again for what was refused when the cluster has been gone meanwhile', async () => {
    const server = new FakeApiServer();
    const api = new KubeApi({ transport: server.transport(), fieldManager: 'paxoskv-operator' });
    const writer = new ObjectWriter({ api, applier: new Applier(api), cached: new CachedObjects(new Map()) });
    server.fail(1, new Refused(403, 'Forbidden', 'exceeded quota'), ({ method }) => method === 'PATCH');
    assert.equal((await writer.write(wanted, NOTHING)).refusals[0]?.isNews, true);
    assert.equal((await writer.write(wanted, NOTHING)).refusals[0]?.isNews, false);
    writer.forget({ namespace, name });
    assert.deepEqual((await writer.write(wanted, NOTHING)).refusals, []);
  });

  test('takes over what an earlier cluster of the same name has left', async () => {
    const { refused } = await writeBeside(SERVICE, { name, labels: { [LABEL]: name } });
    assert.deepEqual(refused, []);
  });
});
