/** A spec that can't work does no harm, and mending the spec is enough. */
import assert from 'node:assert/strict';
import { Cluster, conditionOf } from './testing/cluster.ts';
import { NODE_IMAGE } from './images.ts';
import { isReady } from './testing/kube.ts';
import { FOUNDED_MS, SMALL_SPEC, story } from './testing/story.ts';

const BAD_IMAGE = 'paxoskv/node:no-such-version';
const TOLD_MS = 90_000;
const MENDED_MS = 180_000;

story('a bad image wedges nothing: the others serve, and mending the spec frees it', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  await cluster.patch({ image: BAD_IMAGE });
  const degraded = await cluster.condition(
    'Degraded',
    ({ status, message }) => status === 'True' && /Image|ErrImage/.test(message),
    TOLD_MS,
  );
  world.tell(`told: ${degraded.message}`);
  await load.progress(300);
  const pods = await cluster.pods();
  assert.equal(pods.filter(isReady).length, 2, 'no second pod follows the first');
  assert.equal(conditionOf(await cluster.read(), 'Available')?.status, 'True');
  await cluster.patch({ image: NODE_IMAGE });
  await cluster.healthy(MENDED_MS);
  world.tell('the spec was mended, all three are healthy');
  world.tell(await load.assertNothingLost());
});

story('a cluster that begins with a bad image is founded when the spec is mended', async (world) => {
  const cluster = new Cluster(world.namespace, 'demo');
  await cluster.apply({ ...SMALL_SPEC, image: BAD_IMAGE, replicas: 3 });
  await cluster.condition(
    'Degraded',
    ({ status, message }) => status === 'True' && /Image|ErrImage/.test(message),
    TOLD_MS,
  );
  await cluster.patch({ image: NODE_IMAGE });
  await cluster.healthy(FOUNDED_MS);
});
