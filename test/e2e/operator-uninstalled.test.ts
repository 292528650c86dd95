/** Helm takes the operator away and brings it back. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';

const BACK_MS = 120_000;

story('without its release the clusters go on, and a new one takes them over as they are', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const uids = async (): Promise<string[]> =>
    (await cluster.pods()).map(({ metadata }) => metadata.uid).toSorted();
  const before = await uids();
  const { clusterId } = (await cluster.read()).status ?? {};
  world.operator.uninstall();
  await load.progress(300);
  assert.deepEqual(await uids(), before);
  assert.equal((await cluster.read()).metadata.deletionTimestamp, undefined);
  world.tell('the operator is uninstalled, the cluster serves');
  await world.operator.install();
  const { status } = await cluster.healthy(BACK_MS);
  assert.equal(status?.clusterId, clusterId);
  assert.deepEqual(await uids(), before, 'no pod was restarted');
  world.tell(await load.assertNothingLost());
});
