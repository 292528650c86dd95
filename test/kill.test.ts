/** Real processes are killed with -9 under load: what was acknowledged is there, and nothing was done twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { Load } from './testing/load.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const CLIENTS = 8;
/** More for a longer run by hand. */
const KILLS = Number(process.env['PAXOSKV_TEST_KILLS'] ?? 6);
/** Requests between two events: a fraction of a second of this load. */
const SOME_REQUESTS = 150;

test('replicas killed with -9 under load lose nothing that was acknowledged and do nothing twice', async (t) => {
  const cluster = await RealCluster.start(t);
  const load = new Load(t, cluster, CLIENTS);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await load.progress(SOME_REQUESTS);
    const leader = await cluster.leader();
    // The leader every other time, a follower, and once in a while both of them: then nobody can decide.
    const follower = (leader + 1 + (kill % 2)) % 3;
    const victims = kill % 6 === 4 ? [leader, follower] : kill % 2 === 0 ? [leader] : [follower];
    await cluster.kill(...victims);
    if (victims.length === 1) await load.progress(SOME_REQUESTS);
    for (const victim of victims) cluster.restart(victim);
    await cluster.allReady();
  }
  await load.progress(SOME_REQUESTS);
  await load.stop();
  t.diagnostic(load.summary);
  await load.assertNothingLost();
  await cluster.assertSameState();
});

test('a leader stopped for seconds answers nothing stale when it goes on, and loses nothing', async (t) => {
  const cluster = await RealCluster.start(t);
  const load = new Load(t, cluster, CLIENTS);
  await load.progress(SOME_REQUESTS);
  const stopped = await cluster.leader();
  const other = (stopped + 1) % 3;
  const throughStopped = await RespConnection.open(cluster.address(stopped).redisPort);
  const throughOther = await RespConnection.open(cluster.address(other).redisPort);
  assert.equal(await throughStopped.ask('SET', 'stale', 'old'), '+OK\r\n');
  cluster.signal(stopped, 'SIGSTOP');
  await eventually('the others have a leader of their own', async () => {
    const others = await Promise.all([other, (stopped + 2) % 3].map((index) => cluster.status(index)));
    return others.some((status) => status?.role === 'leader') ? true : undefined;
  });
  assert.equal(await throughOther.ask('SET', 'stale', 'new'), '+OK\r\n');
  // It lies in the stopped process's socket, and was sent after the acknowledgement above.
  const read = throughStopped.ask('GET', 'stale');
  await load.progress(SOME_REQUESTS);
  cluster.signal(stopped, 'SIGCONT');
  const seen = await read;
  assert.ok(
    seen === '$3\r\nnew\r\n' || seen?.startsWith('-CLUSTERDOWN '),
    `the stopped leader answered ${JSON.stringify(seen)}`,
  );
  await cluster.allReady();
  await load.progress(SOME_REQUESTS);
  await load.stop();
  t.diagnostic(load.summary);
  await load.assertNothingLost();
  await cluster.assertSameState();
});
