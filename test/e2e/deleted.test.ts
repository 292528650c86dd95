/** What becomes of the data when the resource is deleted. */
import assert from 'node:assert/strict';
import { FOUNDED_MS, SMALL_SPEC, story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const GONE_MS = 120_000;

story('deleting keeps the volumes, and the same name finds its data and its cluster again', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  assert.equal(await load.command(['SET', 'kept', 'yes']), '+OK\r\n');
  world.tell(await load.assertNothingLost());
  const { clusterId } = (await cluster.read()).status ?? {};
  await cluster.remove();
  await until('the pods are gone', GONE_MS, async () => {
    const pods = await cluster.pods();
    return pods.length === 0 ? { done: true } : { yet: `${pods.length} are there` };
  });
  assert.equal((await world.namespace.list('pvc')).length, 3, 'the claims stay');

  await cluster.apply({ ...SMALL_SPEC, replicas: 3 });
  const { status } = await cluster.healthy(FOUNDED_MS);
  assert.equal(status?.clusterId, clusterId);
  const again = await world.load(cluster);
  assert.equal(await again.command(['GET', 'kept']), '$3\r\nyes\r\n');
  world.tell(`made again over its volumes, it is the same cluster ${clusterId}`);
  world.tell(await again.assertNothingLost());

  await cluster.patch({ storage: { retentionPolicy: { whenDeleted: 'Delete' } } });
  await cluster.healthy(FOUNDED_MS);
  await cluster.remove();
  await until('the claims are gone', GONE_MS, async () => {
    const claims = await world.namespace.list('pvc');
    return claims.length === 0 ? { done: true } : { yet: `${claims.length} are there` };
  });
  world.tell('with the policy Delete the volumes went, too');
});
