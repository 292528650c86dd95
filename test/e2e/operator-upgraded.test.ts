/** The operator of the release before gives way to the present one, and comes back: none of it is anything that a cluster feels. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { earlierStateMissing, writeEarlierState } from '../upgrade/earlier-state.ts';
import { FROM_NODE_IMAGE, FROM_OPERATOR_IMAGE, NODE_IMAGE, OPERATOR_IMAGE } from './images.ts';
import type { Cluster } from './testing/cluster.ts';
import { PRESENT, type Release } from './testing/operator.ts';
import { story } from './testing/story.ts';

const OBSERVED_MS = 60_000;
const ROLLED_MS = 300_000;
/** The release brings its own definition of the resource. */
const WITH_DEFINITION = { crds: { create: true } };

story(
  'the operator is upgraded, rolled back and upgraded again, and no pod of a cluster restarts',
  async (world) => {
    const { operator } = world;
    const missing = earlierStateMissing();
    assert.ok(missing === false, String(missing));
    const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-upgrade-'));
    world.context.after(() => rmSync(directory, { recursive: true, force: true }));
    writeEarlierState(directory, 'charts/paxoskv-operator');
    const earlier: Release = {
      chart: path.join(directory, 'charts', 'paxoskv-operator'),
      image: FROM_OPERATOR_IMAGE,
    };
    await operator.install(earlier, WITH_DEFINITION);
    await operator.leads(FROM_OPERATOR_IMAGE);
    const cluster = await world.found(3, { image: FROM_NODE_IMAGE });
    const load = await world.load(cluster);
    const lives = await livesOf(cluster);
    const { clusterId } = (await cluster.read()).status ?? {};

    const steps = [
      ['upgraded', OPERATOR_IMAGE, () => operator.install(PRESENT, WITH_DEFINITION)],
      ['rolled back', FROM_OPERATOR_IMAGE, () => operator.rollBack()],
      ['upgraded again', OPERATOR_IMAGE, () => operator.install(PRESENT, WITH_DEFINITION)],
    ] as const;
    for (const [what, image, take] of steps) {
      await take();
      const leader = await operator.leads(image);
      // It changes an object and no pod, and the one that leads must have seen it.
      await cluster.patch({ service: { annotations: { 'example.com/seen-by': leader } } });
      const { status } = await cluster.healthy(OBSERVED_MS);
      assert.equal(status?.clusterId, clusterId);
      await load.progress(300);
      assert.deepEqual(await livesOf(cluster), lives, 'no pod was made anew or restarted');
      world.tell(`the operator is ${what}: ${leader} leads, the pods are what they were`);
    }

    await cluster.patch({ image: NODE_IMAGE });
    await cluster.healthy(ROLLED_MS);
    for (const { spec } of await cluster.pods()) assert.equal(spec.containers[0]?.image, NODE_IMAGE);
    world.tell('the replicas are of the present release, too');
    world.tell(await load.assertNothingLost());
  },
  { installed: false },
);

/** A pod is the same one while its uid is, and has not been restarted while this number is. */
async function livesOf(cluster: Cluster): Promise<Record<string, string>> {
  const pods = await cluster.pods();
  return Object.fromEntries(
    pods.map(({ metadata, status }) => [
      metadata.name,
      `${metadata.uid}, restarted ${status.containerStatuses?.[0]?.restartCount} times`,
    ]),
  );
}
