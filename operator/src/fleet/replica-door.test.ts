/** Which of a cluster's replicas are asked, and in which order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CachedObjects, type LooseObject, PAXOS_CLUSTER } from '../controller/cluster-objects.ts';
import { POD } from '../kube/builtin-kinds.ts';
import type { Informer } from '../kube/informer.ts';
import type { Kind } from '../kube/kind.ts';
import { ObjectCache } from '../kube/object-cache.ts';
import { ReplicaDoors } from './replica-door.ts';

const NAME = { namespace: 'shop', name: 'carts' };

function live(kind: Kind, name: string, labels: Readonly<Record<string, string>>, more: object): LooseObject {
  const metadata = { namespace: 'shop', name, uid: name, resourceVersion: '1', generation: 1, labels };
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata, ...more };
}

function pod(ordinal: number, role: string, ready: string, podIP?: string): LooseObject {
  const labels = { 'paxoskv.dev/cluster': 'carts', 'paxoskv.dev/role': role };
  const status = { podIP, conditions: [{ type: 'Ready', status: ready }] };
  return live(POD, `carts-${ordinal}`, labels, { status });
}

async function orderOf(...pods: readonly LooseObject[]): Promise<readonly string[] | string> {
  const informers = [
    [PAXOS_CLUSTER, live(PAXOS_CLUSTER, 'carts', {}, { spec: {} })],
    [POD, ...pods],
  ] as const;
  const cached = informers.map(([kind, ...objects]) => {
    const cache = new ObjectCache();
    for (const object of objects) cache.set(object);
    return [kind, [{ cache } as unknown as Informer]] as const;
  });
  const doors = new ReplicaDoors({
    api: { find: () => Promise.resolve(undefined) },
    cached: new CachedObjects(new Map(cached)),
  });
  const found = await doors.find(NAME);
  return typeof found === 'string' ? found : found.map(({ address }) => address);
}

test('a leader that is ready is asked first, then those that are ready, and one that only bears the label last', async () => {
  const [first, second, third] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
  assert.deepEqual(
    await orderOf(
      pod(0, 'follower', 'False', first),
      pod(1, 'follower', 'True', second),
      pod(2, 'leader', 'True', third),
    ),
    [third, second, first],
  );
  assert.deepEqual(
    await orderOf(
      pod(0, 'leader', 'False', first),
      pod(1, 'follower', 'True', second),
      pod(2, 'follower', 'True'),
    ),
    [second, first],
  );
  assert.equal(await orderOf(pod(0, 'leader', 'True')), 'none of its pods has an address');
});
