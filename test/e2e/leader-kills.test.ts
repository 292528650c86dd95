/** Twenty leaders in a row: how long does a client of the Service wait for its next write? */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';

const KILLS = 20;
const BACK_MS = 120_000;
/** After more of them in one pod, the kubelet waits for minutes before it starts the next process. */
const CRASHES_MAX = 2;
/** What is promised. */
const GAP_MS_MAX = 3_000;

story('of twenty leaders killed none is missed for three seconds', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const gaps: number[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const leader = await cluster.leader();
    const pod = (await cluster.pods()).find(({ metadata }) => metadata.name === leader);
    const crashes = pod?.status.containerStatuses?.[0]?.restartCount ?? 0;
    const isCrash = kill % 2 === 0 && crashes < CRASHES_MAX;
    await load.mark();
    await (isCrash ? world.namespace.crash(leader, 'node') : world.namespace.killPod(leader));
    await load.progress(300);
    const { longestGapMs } = await load.look();
    gaps.push(longestGapMs);
    world.tell(`${isCrash ? 'crashed' : 'deleted'} ${leader}: ${longestGapMs} ms`);
    await cluster.healthy(BACK_MS);
  }
  world.tell(await load.assertNothingLost());
  assert.ok(Math.max(...gaps) < GAP_MS_MAX, `the slowest took ${Math.max(...gaps)} ms`);
});
