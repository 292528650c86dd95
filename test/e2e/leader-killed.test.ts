/** The pod that leads is killed under load. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';

const BACK_MS = 120_000;

story('the pod that leads is killed under load: another one leads, and nothing is lost', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const before = await cluster.leader();
  const { clusterId } = (await cluster.read()).status ?? {};
  await load.mark();
  await world.namespace.killPod(before);
  await load.progress(300);
  const { longestGapMs } = await load.look();
  world.tell(`${before} was killed; the longest time without an acknowledged write was ${longestGapMs} ms`);
  const { status } = await cluster.healthy(BACK_MS);
  world.tell(`${status?.leader} leads, all three are back`);
  assert.equal(status?.clusterId, clusterId);
  world.tell(await load.assertNothingLost());
});
