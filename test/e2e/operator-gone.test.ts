/** The operator is not on the data path, and goes on where its predecessor was interrupted. */
import assert from 'node:assert/strict';
import { OTHER_NODE_IMAGE } from './images.ts';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const BACK_MS = 120_000;
const ROLLED_MS = 300_000;

story('without an operator the cluster serves, and survives the loss of pods', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const leader = await cluster.leader();
  await world.operator.scale(0);
  await world.namespace.killPod(leader);
  await load.progress(300);
  await cluster.podsReady(3, BACK_MS);
  await cluster.killAllPods();
  await cluster.podsReady(3, BACK_MS);
  await load.progress(300);
  world.tell('one pod, then all pods were deleted, and nobody looked after them');
  await world.operator.scale(1);
  await cluster.healthy(BACK_MS);
  world.tell(await load.assertNothingLost());
});

story('an operator that is killed amid a rolling update resumes it', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  await cluster.patch({ image: OTHER_NODE_IMAGE });
  for (const updated of [1, 2]) {
    await until(`${updated} pods are updated`, ROLLED_MS, async () => {
      const pods = await cluster.pods();
      const count = pods.filter(({ spec }) => spec.containers[0]?.image === OTHER_NODE_IMAGE).length;
      return count >= updated ? { done: count } : { yet: `${count} are` };
    });
    for (const { metadata } of await world.operator.pods()) await world.namespace.killPod(metadata.name);
    world.tell(`the operator was killed with ${updated} pods updated`);
  }
  await cluster.healthy(ROLLED_MS);
  for (const { spec } of await cluster.pods()) assert.equal(spec.containers[0]?.image, OTHER_NODE_IMAGE);
  world.tell(await load.assertNothingLost());
});
