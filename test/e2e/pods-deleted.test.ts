/** Pods are deleted in whatever state they are, faster than they can come back, while everything else goes on, too. */
import { setTimeout as pause } from 'node:timers/promises';
import { OTHER_NODE_IMAGE } from './images.ts';
import { story } from './testing/story.ts';

const STORM_MS = 60_000;
const EVERY_MS = 1_500;
const BACK_MS = 240_000;

story('pods are deleted again and again, amid a rolling update: the cluster comes to rest', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  await cluster.patch({ image: OTHER_NODE_IMAGE });
  const startedAt = performance.now();
  let deleted = 0;
  while (performance.now() - startedAt < STORM_MS) {
    const pod = `demo-${Math.floor(Math.random() * 3)}`;
    const how = deleted % 3 === 0 ? ['--grace-period=0', '--force'] : [];
    // It may not be there: that is one of the states.
    const { accepted } = await world.namespace.run('delete', 'pod', pod, '--wait=false', ...how);
    if (accepted) deleted += 1;
    await pause(EVERY_MS);
  }
  world.tell(`${deleted} pods were deleted`);
  await cluster.healthy(BACK_MS);
  await load.progress(100);
  world.tell(await load.assertNothingLost());
});
