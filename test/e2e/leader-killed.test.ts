/** The leader goes away under load, with a word of farewell and without one. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';

const BACK_MS = 120_000;

story('the leader is killed under load: another one leads, and nothing is lost', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const { clusterId } = (await cluster.read()).status ?? {};

  const first = await cluster.leader();
  await load.mark();
  await world.namespace.killPod(first);
  await load.progress(300);
  world.tell(
    `the pod ${first} was deleted by force: ${(await load.look()).longestGapMs} ms without a write at most`,
  );
  await cluster.healthy(BACK_MS);

  const second = await cluster.leader();
  await load.mark();
  await world.namespace.crash(second, 'node');
  await load.progress(300);
  world.tell(
    `the process of ${second} crashed: ${(await load.look()).longestGapMs} ms without a write at most`,
  );
  const { status } = await cluster.healthy(BACK_MS);
  world.tell(`${status?.leader} leads, all three are back`);

  assert.equal(status?.clusterId, clusterId);
  world.tell(await load.assertNothingLost());
});
