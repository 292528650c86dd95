/** Clients in sessions, while replicas die: whatever they ask for is done exactly once, over RESP and over HTTP. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ExactlyOnce } from './examples/exactly-once.ts';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';

const CLIENTS = 6;
const KILLS = 3;
const SOME_REQUESTS = 60;

test('docs/exactly-once.md shows the example that is tested here', () => {
  const folder = import.meta.dirname;
  const document = readFileSync(path.join(folder, '../docs/exactly-once.md'), 'utf8');
  const example = readFileSync(path.join(folder, 'examples/exactly-once.ts'), 'utf8');
  assert.ok(document.includes(`\`\`\`ts\n${example}\`\`\`\n`));
});

test('the example counts exactly while the leader is killed with -9 again and again', async (t) => {
  const cluster = await RealCluster.start(t);
  const addresses = cluster.addresses.map(({ host, redisPort }) => ({ host, port: redisPort }));
  const load = { ending: false };
  const counted: number[] = [];
  const doubled: unknown[] = [];
  const work = async (client: number): Promise<void> => {
    const once = new ExactlyOnce([...addresses.slice(client % 3), ...addresses.slice(0, client % 3)]);
    t.after(() => once.close());
    while (!load.ending) {
      counted.push(Number(await once.do('INCR', 'counted')));
      doubled.push(await once.transaction(['INCR', 'first'], ['INCR', 'second']));
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const reached = counted.length + SOME_REQUESTS;
    await eventually('the clients get on', () => (counted.length >= reached ? true : undefined));
    const leader = await cluster.leader();
    await cluster.kill(leader);
    cluster.restart(leader);
    await cluster.allReady();
  }
  load.ending = true;
  await clients;
  const all = counted.map((_, index) => index + 1);
  assert.deepEqual(
    counted.toSorted((left, right) => left - right),
    all,
  );
  assert.equal(doubled.length, counted.length);
  for (const replies of doubled) assert.equal((replies as number[])[0], (replies as number[])[1]);
  assert.equal(new Set(doubled.map((replies) => (replies as number[])[0])).size, doubled.length);
  await cluster.assertSameState();
});

test('over HTTP the same key gives the same answer at every replica, also when all of them have died', async (t) => {
  const cluster = await RealCluster.start(t);
  const url = (index: number, route: string) => {
    const { host, httpPort } = cluster.address(index);
    return `http://${host}:${httpPort}${route}`;
  };
  const opened = await fetch(url(0, '/v1/sessions'), { method: 'POST' });
  const { id } = (await opened.json()) as { id: string };
  const body = '{"compare":[{"key":"a","exists":false}],"success":[{"put":{"key":"a","value":"1"}}]}';
  const send = (index: number) =>
    fetch(url(index, '/v1/txn'), { method: 'POST', body, headers: { 'Idempotency-Key': `${id}/1` } });
  const first = await send(1);
  assert.equal(first.headers.get('paxoskv-replayed'), null);
  const answer = await first.text();
  assert.match(answer, /^\{"succeeded":true/);
  await cluster.kill(...cluster.indexes);
  for (const index of cluster.indexes) cluster.restart(index);
  await cluster.allReady();
  for (const index of cluster.indexes) {
    const again = await send(index);
    assert.equal(again.headers.get('paxoskv-replayed'), 'true');
    assert.equal(await again.text(), answer);
  }
});
