/** A backup of one cluster becomes another one, by the steps that `docs/kubernetes.md` tells. */
import assert from 'node:assert/strict';
import { Cluster, conditionOf } from './testing/cluster.ts';
import { SMALL_SPEC, story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const WAITS_MS = 90_000;
const RESTORED_MS = 180_000;

story('a backup becomes a new cluster with the same data', async (world) => {
  const { namespace } = world;
  const cluster = await world.found(3);
  const client = await world.load(cluster);
  await client.progress(300);
  assert.equal(await client.command(['SET', 'kept', 'yes']), '+OK\r\n');
  const inPod = (pod: string, ...words: string[]): Promise<string> =>
    namespace.must('exec', pod, '--container=node', '--', ...words);
  await inPod('demo-0', 'paxosctl', 'backup', '/data/backup');
  assert.equal(await client.command(['SET', 'late', 'yes']), '+OK\r\n');

  const restored = new Cluster(namespace, 'restored');
  await restored.apply({ ...SMALL_SPEC, replicas: 3 }, { 'paxoskv.dev/await-restore': 'restored' });
  await until('it waits', WAITS_MS, async () => {
    const progressing = conditionOf(await restored.read(), 'Progressing');
    const pods = (await restored.pods()).filter(({ status }) => status.phase === 'Running');
    return progressing?.reason === 'WaitingForRestore' && pods.length === 3
      ? { done: true }
      : { yet: `${progressing?.reason}, ${pods.length} pods run` };
  });
  const content = await inPod('demo-0', 'base64', '--wrap=0', '/data/backup');
  await inPod('restored-0', 'sh', '-c', `echo ${content} | base64 --decode >/data/backup`);
  const host = `restored-0.restored-peers.${namespace.name}.svc`;
  await inPod('restored-0', 'paxosctl', 'restore', '/data/backup', '--dir', '/data/next', '--address', host);
  await namespace.must('delete', 'pod', 'restored-0', '--wait=false');
  const { status } = await restored.healthy(RESTORED_MS);
  world.tell(`restored as cluster ${status?.clusterId}`);
  assert.notEqual(status?.clusterId, (await cluster.read()).status?.clusterId);

  const other = await world.load(restored);
  assert.equal(await other.command(['GET', 'kept']), '$3\r\nyes\r\n');
  assert.equal(await other.command(['GET', 'late']), '$-1\r\n', 'what was written later is not in it');
  world.tell(await other.assertNothingLost());
  world.tell(await client.assertNothingLost());
});
