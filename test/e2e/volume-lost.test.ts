/** A replica loses its disk: with its pod, and in place. */
import assert from 'node:assert/strict';
import { story, type World } from './testing/story.ts';
import type { Cluster } from './testing/cluster.ts';
import { until } from './testing/waiting.ts';

const HEALED_MS = 180_000;

/** Waits until somebody else lives in the pod and is a member in full. */
async function healed(world: World, cluster: Cluster, pod: string, lostId: string): Promise<void> {
  await until(`${pod} is another replica`, HEALED_MS, async () => {
    const members = (await cluster.read()).status?.members ?? [];
    const isGone = members.every(({ id }) => id !== lostId);
    return isGone ? { done: true } : { yet: `${lostId} is still a member: ${JSON.stringify(members)}` };
  });
  await cluster.healthy(HEALED_MS);
  const ids = (await cluster.replicas()).filter(({ voter }) => voter === true).map(({ id }) => id);
  assert.equal(ids.length, 3);
  assert.ok(!ids.includes(lostId), 'an id that was lost does not come back');
  assert.ok((await world.namespace.events('VolumeLost')).length > 0, 'an event tells of it');
}

const idOf = async (cluster: Cluster, pod: string): Promise<string> => {
  const member = (await cluster.read()).status?.members?.find((each) => each.pod === pod);
  assert.ok(member, `${pod} is a member`);
  return member.id;
};

story('a claim is deleted with its pod, under load: the replica is replaced', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const leader = await cluster.leader();
  for (const pod of ['demo-0', 'demo-1', 'demo-2']
    .filter((each) => each !== leader)
    .slice(0, 1)
    .concat(leader)) {
    const lostId = await idOf(cluster, pod);
    await world.namespace.must('delete', 'pvc', `data-${pod}`, '--wait=false');
    await world.namespace.must('delete', 'pod', pod, '--wait=false');
    await healed(world, cluster, pod, lostId);
    world.tell(`${pod} lost its claim, ${lostId} was replaced by ${await idOf(cluster, pod)}`);
  }
  world.tell(await load.assertNothingLost());
});

story('a volume is wiped in place, under load: the replica is replaced', async (world) => {
  const cluster = await world.found(3);
  const load = await world.load(cluster);
  const pod = await cluster.leader();
  const lostId = await idOf(cluster, pod);
  const wipe = `for (const name of fs.readdirSync('/data')) fs.rmSync('/data/' + name, { recursive: true })`;
  await world.namespace.must('exec', pod, '--container=node', '--', 'node', '--eval', wipe);
  await world.namespace.crash(pod, 'node');
  await healed(world, cluster, pod, lostId);
  world.tell(`${pod} was wiped, ${lostId} was replaced by ${await idOf(cluster, pod)}`);
  world.tell(await load.assertNothingLost());
});
