/** One replica becomes three, five, and three again, under load. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const SCALED_MS = 300_000;

story('a cluster is scaled 1→3→5→3 under load', async (world) => {
  const cluster = await world.found(1);
  const load = await world.load(cluster);
  const { clusterId } = (await cluster.read()).status ?? {};
  for (const replicas of [3, 5, 3]) {
    await world.namespace.must('scale', 'pxc', cluster.name, `--replicas=${replicas}`);
    const { status } = await cluster.healthy(SCALED_MS);
    const voters = (await cluster.replicas()).filter(({ voter }) => voter === true);
    assert.equal(voters.length, replicas, 'as many have a vote');
    assert.equal(status?.clusterId, clusterId);
    world.tell(`${replicas} replicas vote, ${status?.leader} leads`);
    await load.progress(100);
  }
  // The policy of volumes is to delete those of replicas that were removed.
  await until('the claims of those that left are gone', SCALED_MS, async () => {
    const names = (await world.namespace.list('pvc')).map(({ metadata }) => metadata.name);
    return names.length === 3 ? { done: true } : { yet: names.join(', ') };
  });
  world.tell(await load.assertNothingLost());
});
