/** The lead moves on purpose, and replicas end one after the other, under load: no client's write fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, inTime } from './testing/deadline.ts';
import { Load } from './testing/load.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const CLIENTS = 8;
/** Requests between two changes: a fraction of a second of this load. */
const SOME_REQUESTS = 100;

test('the lead is handed back and forth under load, and no write has an unknown outcome', async (t) => {
  const cluster = await RealCluster.start(t);
  const load = new Load(t, cluster, CLIENTS);
  for (let round = 0; round < 6; round += 1) {
    await load.progress(SOME_REQUESTS);
    const leader = await cluster.leader();
    const url = `http://127.0.0.1:${cluster.address(leader).adminPort}/v1/transfer`;
    const response = await fetch(url, { method: 'POST' });
    assert.equal(response.status, 200, await response.text());
    assert.notEqual(await cluster.leader(), leader);
  }
  await load.progress(SOME_REQUESTS);
  await load.stop();
  t.diagnostic(load.summary);
  assert.equal(load.unknownWrites, 0);
  await load.assertNothingLost();
});

test('every replica in turn is asked to end and started again under load, and no write has an unknown outcome', async (t) => {
  const cluster = await RealCluster.start(t);
  const load = new Load(t, cluster, CLIENTS);
  for (const role of ['leader', 'follower', 'leader'] as const) {
    await load.progress(SOME_REQUESTS);
    const leader = await cluster.leader();
    const index = role === 'leader' ? leader : (leader + 1) % 3;
    cluster.signal(index, 'SIGTERM');
    assert.equal(await cluster.ended(index), 'exit code 0');
    await load.progress(SOME_REQUESTS);
    cluster.restart(index);
    await cluster.allReady();
  }
  await load.progress(SOME_REQUESTS);
  await load.stop();
  t.diagnostic(load.summary);
  assert.equal(load.unknownWrites, 0);
  await load.assertNothingLost();
  await cluster.assertSameState();
});

test('a leader that drains is not ready and does not lead, serves on, and ends when it is asked again', async (t) => {
  // Nobody waits so long: each is asked twice.
  const cluster = await RealCluster.start(t, 3, { drainTime: '10m' });
  const index = await cluster.leader();
  const { redisPort, httpPort } = cluster.address(index);
  const before = await RespConnection.open(redisPort);
  const watch = await fetch(`http://127.0.0.1:${httpPort}/v1/watch?key=a`);
  assert.equal(watch.status, 200);
  const watched = watch.text();
  await askToEnd(cluster, index);
  await eventually('another one leads', async () =>
    (await cluster.status(index))?.role === 'follower' ? true : undefined,
  );
  assert.notEqual(await cluster.leader(), index);
  // Both who was there and who comes are served, by way of the new leader.
  assert.equal(await before.ask('SET', 'a', '1'), '+OK\r\n');
  const after = await RespConnection.open(redisPort);
  assert.equal(await after.ask('GET', 'a'), '$1\r\n1\r\n');
  cluster.signal(index, 'SIGTERM');
  assert.equal(await cluster.ended(index), 'exit code 0');
  const text = await inTime('the watch ends', watched);
  assert.match(text, /event: change\ndata: .*"a"/);
  const end = /event: ended\ndata: (.*)\n/.exec(text)?.[1];
  assert.equal((JSON.parse(end ?? '{}') as { code?: string }).code, 'closing');
  assert.ok(cluster.lines(index).some((line) => /shutting down: [0-9a-f]{12} leads/.test(line)));

  for (const other of cluster.indexes.filter((each) => each !== index)) {
    await askToEnd(cluster, other);
    cluster.signal(other, 'SIGTERM');
    assert.equal(await cluster.ended(other), 'exit code 0');
  }
});

/** Returns when the replica says so. */
async function askToEnd(cluster: RealCluster, index: number): Promise<void> {
  cluster.signal(index, 'SIGTERM');
  const readiness = await eventually('it is not ready', async () => {
    const answer = await cluster.readiness(index);
    return answer?.code === 503 ? answer : undefined;
  });
  assert.deepEqual(readiness.body, { ready: false, reasons: ['this replica is shutting down'] });
}
