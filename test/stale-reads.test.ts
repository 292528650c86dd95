/** Stale reads on real processes: answered without a quorum, with an honest age, and never by who was never level. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const OLD_MS = 1_500;

test('without a quorum a replica answers stale reads and says how old; started anew it refuses them', async (t) => {
  const cluster = await RealCluster.start(t);
  const left = ((await cluster.leader()) + 1) % 3;
  const others = cluster.indexes.filter((index) => index !== left);
  const { host, httpPort, redisPort } = cluster.address(left);
  const url = `http://${host}:${httpPort}/v1/kv/k`;
  assert.equal((await fetch(url, { method: 'PUT', body: 'value' })).status, 201);
  const stale = () => fetch(`${url}?consistency=stale`);
  const fresh = await stale();
  assert.equal(await fresh.text(), 'value');
  const slot = Number(fresh.headers.get('paxoskv-slot'));
  assert.ok(slot >= 2);

  for (const index of others) cluster.signal(index, 'SIGSTOP');
  const old = await eventually('the answers have become old', async () => {
    const response = await stale();
    assert.equal(await response.text(), 'value');
    return Number(response.headers.get('paxoskv-age-ms')) >= OLD_MS ? response : undefined;
  });
  assert.ok(Number(old.headers.get('paxoskv-slot')) >= slot);
  assert.equal((await fetch(url)).status, 503);
  const redis = await RespConnection.open(redisPort);
  t.after(() => redis.close());
  assert.equal(await redis.ask('READONLY'), '+OK\r\n');
  assert.equal(await redis.ask('GET', 'k'), '$5\r\nvalue\r\n');
  assert.match((await redis.ask('WATCH', 'k')) ?? '', /^-CLUSTERDOWN /);
  assert.equal(await redis.ask('READWRITE'), '+OK\r\n');
  assert.match((await redis.ask('GET', 'k')) ?? '', /^-CLUSTERDOWN /);

  await cluster.kill(left);
  cluster.restart(left);
  const refused = await eventually('the replica serves again', async () => {
    try {
      return await stale();
    } catch {
      // Its port is not open yet.
      return undefined;
    }
  });
  assert.equal(refused.status, 503);
  const { detail } = (await refused.json()) as { detail: string };
  assert.equal(detail, 'this replica has not been level with a leader since it started');
  for (const index of others) cluster.signal(index, 'SIGCONT');
  await cluster.allReady();
  assert.equal(await (await stale()).text(), 'value');
});
