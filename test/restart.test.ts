/** What a replica remembers when it is killed with -9, and when it says that it is ready again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { Load } from './testing/load.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

test('everything acknowledged survives when all replicas are killed at once, twice', async (t) => {
  const cluster = await RealCluster.start(t);
  const load = new Load(t, cluster, 8);
  for (let round = 0; round < 2; round += 1) {
    await load.progress(300);
    await cluster.kill(...cluster.indexes);
    for (const index of cluster.indexes) cluster.restart(index);
    await cluster.allReady();
  }
  await load.progress(100);
  await load.stop();
  await load.assertNothingLost();
  await cluster.assertSameState();
});

test('a replica alone is not ready and refuses: it can not know whether it is level', async (t) => {
  const cluster = await RealCluster.start(t);
  const writer = await RespConnection.open(cluster.address(0).redisPort);
  assert.equal(await writer.ask('SET', 'kept', 'yes'), '+OK\r\n');
  await cluster.kill(...cluster.indexes);
  cluster.restart(1);
  const readiness = await eventually('it answers', () => cluster.readiness(1));
  assert.deepEqual(readiness, {
    code: 503,
    body: { ready: false, reasons: ['it has not caught up with a leader since it started'] },
  });
  const alone = await RespConnection.open(cluster.address(1).redisPort);
  for (const request of [
    ['GET', 'kept'],
    ['SET', 'kept', 'no'],
  ]) {
    assert.match((await alone.ask(...request)) ?? '', /^-CLUSTERDOWN .*nothing was done/);
  }
  assert.equal((await cluster.readiness(1))?.code, 503);
  cluster.restart(0);
  cluster.restart(2);
  await cluster.allReady();
  assert.equal(await alone.ask('GET', 'kept'), '$3\r\nyes\r\n');
});

test('a follower that missed 20,000 writes is not ready before it has them, and ends up the same', async (t) => {
  const cluster = await RealCluster.start(t);
  const leader = await cluster.leader();
  const follower = (leader + 1) % 3;
  await cluster.kill(follower);
  const writer = await RespConnection.open(cluster.address(leader).redisPort);
  for (let batch = 0; batch < 40; batch += 1) {
    const requests = Array.from({ length: 500 }, (_, index) => [
      'SET',
      `key:${(batch * 500 + index) % 7_000}`,
      `value ${batch}.${index} ${'x'.repeat(100)}`,
    ]);
    const replies = await writer.pipeline(requests);
    assert.ok(replies.every((reply) => reply === '+OK\r\n'));
  }
  const missed = (await cluster.status(leader))?.applied ?? 0;
  cluster.restart(follower);
  const status = await eventually('the follower is ready', async () => {
    const seen = await cluster.status(follower);
    return seen?.ready === true ? seen : undefined;
  });
  assert.ok(status.applied >= missed, `ready at ${status.applied}, before ${missed}`);
  assert.equal(status.keys, 7_000);
  await cluster.assertSameState();
});
