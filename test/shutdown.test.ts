/** SIGTERM: a replica takes its leave within seconds, and no client is left without an answer or an end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTime } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection, valueOf } from './testing/resp-connection.ts';

test('SIGTERM ends a replica with code 0, and every request in flight has an answer or an end', async (t) => {
  const cluster = await RealCluster.start(t);
  for (const role of ['leader', 'follower'] as const) {
    await t.test(`a ${role}`, async () => {
      const leader = await cluster.leader();
      const index = role === 'leader' ? leader : (leader + 1) % 3;
      await endsWell(cluster, index, `counter of a ${role}`);
      cluster.restart(index);
      await cluster.allReady();
      await cluster.assertSameState();
    });
  }
});

async function endsWell(cluster: RealCluster, index: number, counter: string): Promise<void> {
  const port = cluster.address(index).redisPort;
  const idle = await RespConnection.open(port);
  assert.equal(await idle.ask('PING'), '+PONG\r\n');
  const busy = await Promise.all(Array.from({ length: 5 }, () => RespConnection.open(port)));
  const replies = busy.flatMap((connection) =>
    Array.from({ length: 500 }, () => connection.ask('INCR', counter)),
  );
  await replies[0];
  cluster.signal(index, 'SIGTERM');

  const outcomes = await inTime('every request is answered or its connection closed', Promise.all(replies));
  const acknowledged = outcomes.filter((outcome) => outcome?.startsWith(':') === true).length;
  const notDone = outcomes.filter((outcome) => outcome?.startsWith('-CLUSTERDOWN ') === true).length;
  const unknown = outcomes.filter(
    (outcome) => outcome === undefined || outcome.startsWith('-UNKNOWNOUTCOME '),
  ).length;
  assert.equal(acknowledged + notDone + unknown, outcomes.length);
  assert.equal(await cluster.ended(index), 'exit code 0');
  assert.ok(idle.isClosed, 'an idle connection is closed too');

  await cluster.leader();
  const survivor = await RespConnection.open(cluster.address((index + 1) % 3).redisPort);
  const count = Number(valueOf((await survivor.ask('GET', counter)) ?? '-lost\r\n'));
  assert.ok(
    count >= acknowledged && count <= acknowledged + unknown,
    `${count} counted, ${acknowledged} acknowledged, ${notDone} not done, ${unknown} unknown`,
  );
}
