/** From nothing to `SET` and `GET`, and whether `kubectl get pxc` tells the truth. */
import assert from 'node:assert/strict';
import { story } from './testing/story.ts';
import { conditionOf } from './testing/cluster.ts';

story('three replicas are founded, serve Redis clients and are told of truthfully', async (world) => {
  const cluster = await world.found(3);
  const { status } = await cluster.read();

  const replicas = await cluster.replicas();
  const leader = replicas.find(({ role }) => role === 'leader');
  assert.equal(replicas.length, 3);
  assert.deepEqual(new Set(replicas.map((each) => each.cluster)), new Set([status?.clusterId]));
  assert.deepEqual(replicas.map(({ id }) => id).toSorted(), status?.members?.map(({ id }) => id).toSorted());
  assert.equal(status?.members?.find(({ role }) => role === 'Leader')?.id, leader?.id);
  assert.equal((await cluster.ownRow(status?.leader ?? 'none')).id, leader?.id);

  const table = await world.namespace.must('get', 'pxc', cluster.name, '--no-headers');
  assert.match(
    table,
    new RegExp(
      `^demo +3/3 +True +${status?.leader} +${conditionOf(await cluster.read(), 'Available')?.reason} `,
    ),
  );
  world.tell(`kubectl get pxc: ${table.trim()}`);

  const load = await world.load(cluster);
  assert.equal(await load.command(['SET', 'greeting', 'hello']), '+OK\r\n');
  assert.equal(await load.command(['GET', 'greeting']), '$5\r\nhello\r\n');
  for (const service of [`${cluster.name}-leader`, cluster.host(0), cluster.host(1), cluster.host(2)]) {
    assert.equal(await load.command(['GET', 'greeting'], service), '$5\r\nhello\r\n', `through ${service}`);
  }
  await load.progress(300);
  world.tell(await load.assertNothingLost());
  await world.namespace.must('get', 'secret', status?.binding?.name ?? 'none');
});
