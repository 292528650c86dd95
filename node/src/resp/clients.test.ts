/** Clients that nobody here wrote, unmodified, over real sockets. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster, WatchError } from 'redis';
import { runServer } from './testing/running-server.ts';
import { member, SELF, StoreDoor } from './testing/store-door.ts';

const REDIS_CLI = '/usr/bin/redis-cli';
const REDIS_BENCHMARK = '/usr/bin/redis-benchmark';

const run = promisify(execFile);

async function serve(context: TestContext, mode: 'plain' | 'cluster'): Promise<number> {
  const door = new StoreDoor();
  const { port } = await runServer(context, door, { mode });
  door.statusChanges = { members: [member(SELF, port)] };
  return port;
}

test('ioredis: commands, pipelines, binary values and transactions', async (context) => {
  const redis = new Redis({ port: await serve(context, 'plain'), host: '127.0.0.1' });
  context.after(() => redis.disconnect());
  assert.equal(await redis.set('k', 'v', 'EX', 100), 'OK');
  assert.equal(await redis.get('k'), 'v');
  const binary = Buffer.from([0, 255, 13, 10, 128]);
  await redis.set('b', binary);
  assert.deepEqual(await redis.getBuffer('b'), binary);
  const results = await redis.pipeline().incr('n').incr('n').get('n').exec();
  assert.deepEqual(results, [
    [null, 1],
    [null, 2],
    [null, '2'],
  ]);
  assert.deepEqual(await redis.multi().set('t', '1').incr('t').exec(), [
    [null, 'OK'],
    [null, 2],
  ]);
  await assert.rejects(redis.call('nonsense', 'a'), /unknown command 'nonsense'/);
  const keys: string[] = [];
  for await (const page of redis.scanStream()) keys.push(...(page as string[]));
  assert.deepEqual(keys.toSorted(), ['b', 'k', 'n', 't']);
});

test('ioredis: WATCH aborts when another connection got in between', async (context) => {
  const port = await serve(context, 'plain');
  const [one, two] = [new Redis({ port, host: '127.0.0.1' }), new Redis({ port, host: '127.0.0.1' })];
  context.after(() => {
    one.disconnect();
    two.disconnect();
  });
  await one.watch('k');
  await two.set('k', 'two');
  assert.equal(await one.multi().set('k', 'one').exec(), null);
  assert.equal(await one.get('k'), 'two');
});

test('ioredis: cluster mode finds the leader', async (context) => {
  const cluster = new Cluster([{ port: await serve(context, 'cluster'), host: '127.0.0.1' }]);
  context.after(() => cluster.disconnect());
  assert.equal(await cluster.set('a', '1'), 'OK');
  assert.equal(await cluster.incr('a'), 2);
  assert.equal(cluster.nodes('master').length, 1);
});

for (const RESP of [2, 3] as const) {
  test(`node-redis: commands and transactions over RESP${RESP}`, async (context) => {
    const client = createClient({ RESP, socket: { port: await serve(context, 'plain'), host: '127.0.0.1' } });
    await client.connect();
    context.after(() => client.destroy());
    await client.mSet({ a: '1', b: '2' });
    assert.deepEqual(await client.mGet(['a', 'b', 'c']), ['1', '2', null]);
    assert.deepEqual(await client.multi().incr('a').get('a').exec(), [2, '2']);
    const { appendonly } = await client.configGet('appendonly');
    assert.equal(appendonly, 'yes');
    await client.watch('a');
    await client.set('a', 'mine');
    await assert.rejects(client.multi().get('a').exec(), WatchError);
  });
}

test('node-redis: cluster mode', async (context) => {
  const port = await serve(context, 'cluster');
  const cluster = createCluster({ rootNodes: [{ socket: { port, host: '127.0.0.1' } }] });
  await cluster.connect();
  context.after(() => cluster.destroy());
  assert.equal(await cluster.set('a', '1'), 'OK');
  assert.equal(await cluster.get('a'), '1');
  assert.equal(cluster.masters.length, 1);
});

test('redis-cli: commands, and following the cluster', { skip: !existsSync(REDIS_CLI) }, async (context) => {
  const plain = await serve(context, 'plain');
  const cluster = await serve(context, 'cluster');
  assert.equal(await askCli('-p', String(plain), 'set', 'a', '1'), 'OK\n');
  assert.equal(await askCli('-3', '-p', String(plain), 'get', 'a'), '1\n');
  assert.equal(await askCli('-c', '-p', String(cluster), 'incr', 'a'), '1\n');
});

// Its --cluster mode wants two masters at least: one shard has one.
test('redis-benchmark runs', { skip: !existsSync(REDIS_BENCHMARK) }, async (context) => {
  const port = String(await serve(context, 'plain'));
  const args = ['-p', port, '-t', 'set,get,incr,mset', '-n', '500', '-c', '4', '-P', '4', '--csv'];
  const { stdout } = await run(REDIS_BENCHMARK, args);
  assert.match(stdout, /"SET"[^]*"GET"[^]*"INCR"[^]*"MSET/);
});

async function askCli(...args: readonly string[]): Promise<string> {
  return (await run(REDIS_CLI, args)).stdout;
}
