/** New images and new settings get into the pods one by one, the leader last. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './testing/cluster.ts';
import { OTHER_NODE_IMAGE } from './images.ts';
import { isReady } from './testing/kube.ts';
import { story } from './testing/story.ts';

const ROLLED_MS = 240_000;
const LOOK_MS = 300;

/** Watches the pods while `done` is open: in which order they were made anew, and how few were ready at the worst. */
async function watchPods(
  cluster: Cluster,
  done: Promise<unknown>,
): Promise<{ order: string[]; readyMin: number }> {
  const roll = { isOver: false };
  const end = (): void => {
    roll.isOver = true;
  };
  void done.then(end, end);
  const uids = new Map((await cluster.pods()).map(({ metadata }) => [metadata.name, metadata.uid]));
  const order: string[] = [];
  let readyMin = uids.size;
  while (!roll.isOver) {
    const pods = await cluster.pods();
    readyMin = Math.min(readyMin, pods.filter(isReady).length);
    for (const { metadata } of pods) {
      if (uids.get(metadata.name) === metadata.uid) continue;
      uids.set(metadata.name, metadata.uid);
      order.push(metadata.name);
    }
    await pause(LOOK_MS);
  }
  return { order, readyMin };
}

story('an image and a setting are rolled out under load, the leader last', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  for (const [what, patch] of [
    ['the image', { image: OTHER_NODE_IMAGE }],
    ['the environment', { pod: { env: [{ name: 'E2E', value: '1' }] } }],
  ] as const) {
    const leader = await cluster.leader();
    await load.mark();
    await cluster.patch(patch);
    const rolled = cluster.healthy(ROLLED_MS);
    const { order, readyMin } = await watchPods(cluster, rolled);
    await rolled;
    const { longestGapMs } = await load.look();
    world.tell(`${what} was rolled out over ${order.join(', ')}; ${longestGapMs} ms without a write at most`);
    assert.deepEqual(order.toSorted(), ['demo-0', 'demo-1', 'demo-2'], 'each pod once');
    assert.equal(order.at(-1), leader, 'the leader last');
    assert.ok(readyMin >= 2, `${readyMin} pods were ready at the worst`);
  }
  for (const { spec } of await cluster.pods()) assert.equal(spec.containers[0]?.image, OTHER_NODE_IMAGE);
  world.tell(await load.assertNothingLost());
});
