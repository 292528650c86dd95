/** A full outage. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';

const BACK_MS = 120_000;

story('all pods are deleted at once: the cluster comes back by itself', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const { clusterId, members } = (await cluster.read()).status ?? {};
  await cluster.killAllPods();
  await load.progress(300);
  const { status } = await cluster.healthy(BACK_MS);
  assert.equal(status?.clusterId, clusterId);
  assert.deepEqual(
    status?.members?.map(({ id }) => id).toSorted(),
    members?.map(({ id }) => id).toSorted(),
    'the same replicas',
  );
  world.tell(await load.assertNothingLost());
});
