/** Clients that nobody here wrote, unmodified, against a running cluster. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';

const HOST = '127.0.0.1';
const REDIS_CLI = '/usr/bin/redis-cli';
const REDIS_BENCHMARK = '/usr/bin/redis-benchmark';
/** Only ends a test that has failed. */
const TIMEOUT_MS = 60_000;
const LIFETIME_SECONDS = 1_000;

const run = promisify(execFile);

test('clients that nobody here wrote', async (t) => {
  const cluster = await RealCluster.start(t);
  // A follower, so that what must be forwarded or redirected is.
  const follower = ((await cluster.leader()) + 1) % 3;
  const { redisPort, clusterPort } = cluster.address(follower);

  await t.test('ioredis', (each) => ioredis(each, redisPort));
  await t.test('ioredis Cluster', (each) => ioredisCluster(each, clusterPort));
  await t.test('redis createClient()', (each) => nodeRedis(each, redisPort));
  await t.test('redis createCluster()', (each) => nodeRedisCluster(each, clusterPort));
  await t.test('redis-cli', { skip: missing(REDIS_CLI) }, () => redisCli(redisPort, clusterPort));
  await t.test('redis-benchmark', { skip: missing(REDIS_BENCHMARK) }, () => benchmark(redisPort));
  await t.test(
    'redis-benchmark at the leader of the cluster port',
    { skip: missing(REDIS_BENCHMARK) },
    async () => benchmark(cluster.address(await cluster.leader()).clusterPort),
  );
  await t.test('redis-benchmark --cluster', { skip: missing(REDIS_BENCHMARK) }, () =>
    benchmarkCluster(clusterPort),
  );
  await t.test('cluster clients survive the death of the leader', (each) => failover(each, cluster));
});

async function ioredis(t: TestContext, port: number): Promise<void> {
  const redis = new Redis({ host: HOST, port });
  t.after(() => redis.disconnect());
  assert.equal(await redis.set('io:a', 'one'), 'OK');
  assert.equal(await redis.get('io:a'), 'one');
  assert.equal(await redis.get('io:absent'), null);
  assert.equal(await redis.set('io:a', 'two', 'NX'), null);
  assert.equal(await redis.incr('io:n'), 1);
  assert.equal(await redis.incrby('io:n', 41), 42);
  assert.equal(await redis.expire('io:a', LIFETIME_SECONDS), 1);
  assert.ok((await redis.ttl('io:a')) > LIFETIME_SECONDS - 100);
  assert.equal(await redis.ttl('io:n'), -1);
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  await redis.set('io:bytes', bytes);
  assert.deepEqual(await redis.getBuffer('io:bytes'), bytes);
  await assert.rejects(redis.incr('io:a'), /ERR value is not an integer or out of range/);

  assert.deepEqual(await redis.multi().set('io:x', '1').incr('io:x').get('io:x').exec(), [
    [null, 'OK'],
    [null, 2],
    [null, '2'],
  ]);
  const other = redis.duplicate();
  t.after(() => other.disconnect());
  await redis.watch('io:x');
  await other.set('io:x', 'changed');
  assert.equal(await redis.multi().set('io:x', 'lost').exec(), null);
  assert.equal(await redis.get('io:x'), 'changed');

  const pipeline = redis.pipeline();
  for (let index = 0; index < 500; index += 1) pipeline.set(`io:many:${index}`, `${index}`);
  assert.equal((await pipeline.exec())?.filter(([error]) => error === null).length, 500);
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: 'io:many:*', count: 100 })) {
    for (const key of keys as string[]) found.add(key);
  }
  assert.equal(found.size, 500);
}

async function ioredisCluster(t: TestContext, port: number): Promise<void> {
  const redis = new Cluster([{ host: HOST, port }]);
  t.after(() => redis.disconnect());
  const keys = Array.from({ length: 50 }, (_, index) => `ioc:${index}`);
  await Promise.all(keys.map((key) => redis.set(key, key)));
  assert.deepEqual(await Promise.all(keys.map((key) => redis.get(key))), keys);
  assert.equal(await redis.incr('ioc:n'), 1);
  const pipeline = redis.pipeline().incr('ioc:n').incr('ioc:n');
  assert.deepEqual(await pipeline.exec(), [
    [null, 2],
    [null, 3],
  ]);
  assert.deepEqual(await redis.multi().incr('ioc:n').get('ioc:n').exec(), [
    [null, 4],
    [null, '4'],
  ]);
  assert.equal(redis.nodes('all').length, 3);
  assert.equal(redis.nodes('master').length, 1);
}

async function nodeRedis(t: TestContext, port: number): Promise<void> {
  for (const RESP of [2, 3] as const) {
    const redis = createClient({ url: `redis://${HOST}:${port}`, RESP });
    t.after(() => redis.destroy());
    await redis.connect();
    const key = `nr:${RESP}`;
    assert.equal(await redis.set(key, 'one', { expiration: { type: 'EX', value: LIFETIME_SECONDS } }), 'OK');
    assert.equal(await redis.get(key), 'one');
    assert.ok((await redis.ttl(key)) > LIFETIME_SECONDS - 100);
    assert.equal(await redis.incr(`${key}:n`), 1);
    assert.deepEqual(await redis.mGet([key, 'nr:absent']), ['one', null]);
    assert.deepEqual(await redis.multi().set(`${key}:x`, '1').incr(`${key}:x`).exec(), ['OK', 2]);
    const other = redis.duplicate();
    t.after(() => other.destroy());
    await other.connect();
    await redis.watch(`${key}:x`);
    await other.set(`${key}:x`, 'changed');
    await assert.rejects(redis.multi().set(`${key}:x`, 'lost').exec(), /watched keys has been changed/i);
    const many = Array.from({ length: 100 }, (_, index) => `${key}:many:${index}`);
    await Promise.all(many.map((name) => redis.set(name, name)));
    const found = new Set<string>();
    for await (const keys of redis.scanIterator({ MATCH: `${key}:many:*` })) {
      for (const name of keys) found.add(name);
    }
    assert.equal(found.size, 100);
  }
}

async function nodeRedisCluster(t: TestContext, port: number): Promise<void> {
  const redis = createCluster({ rootNodes: [{ url: `redis://${HOST}:${port}` }] });
  // Its errors of one node are told by the commands that they concern.
  redis.on('error', () => undefined);
  t.after(() => redis.destroy());
  await redis.connect();
  const keys = Array.from({ length: 50 }, (_, index) => `nrc:${index}`);
  await Promise.all(keys.map((key) => redis.set(key, key)));
  assert.deepEqual(await Promise.all(keys.map((key) => redis.get(key))), keys);
  assert.deepEqual(await redis.multi().incr('nrc:n').incr('nrc:n').exec(), [1, 2]);
  assert.equal(redis.masters.length, 1);
}

async function redisCli(redisPort: number, clusterPort: number): Promise<void> {
  const cli = async (...words: string[]): Promise<string> => {
    const { stdout } = await run(REDIS_CLI, ['-h', HOST, ...words], { timeout: TIMEOUT_MS });
    return stdout.trimEnd();
  };
  const plain = ['-p', `${redisPort}`];
  assert.equal(await cli(...plain, 'set', 'cli:a', 'one'), 'OK');
  assert.equal(await cli(...plain, 'get', 'cli:a'), 'one');
  assert.equal(await cli(...plain, '-3', 'incr', 'cli:n'), '1');
  const scanned = await cli(...plain, '--scan', '--pattern', 'cli:*');
  assert.deepEqual(scanned.split('\n').toSorted(), ['cli:a', 'cli:n']);
  assert.equal(await cli(...plain, '-r', '3', 'incr', 'cli:n'), '2\n3\n4');

  const clustered = ['-p', `${clusterPort}`];
  assert.match(await cli(...clustered, 'get', 'cli:a'), /^MOVED \d+ 127\.0\.0\.1:\d+$/);
  assert.equal(await cli(...clustered, '-c', 'get', 'cli:a'), 'one');
  assert.equal(await cli(...clustered, '-c', 'set', 'cli:b', 'two'), 'OK');

  const transaction = await feed(REDIS_CLI, ['-h', HOST, ...plain], 'multi\nset cli:t 1\nincr cli:t\nexec\n');
  assert.deepEqual(transaction.trimEnd().split('\n'), ['OK', 'QUEUED', 'QUEUED', 'OK', '2']);
  const mass = Array.from({ length: 1_000 }, (_, index) => `SET cli:mass:${index} ${index}\r\n`).join('');
  assert.match(await feed(REDIS_CLI, ['-h', HOST, ...plain, '--pipe'], mass), /errors: 0, replies: 1000/);
}

async function benchmark(port: number): Promise<void> {
  const words = ['-h', HOST, '-p', `${port}`, '-t', 'ping,set,get,incr,mset', '-n', '2000', '-c', '20', '-q'];
  for (const pipelined of [[], ['-P', '16']]) {
    const { stdout, stderr } = await run(REDIS_BENCHMARK, [...words, ...pipelined], {
      timeout: TIMEOUT_MS,
    });
    assert.equal(stderr.replace(/^WARNING: .*\n?/gm, ''), '');
    assert.match(stdout, /SET: [\d.]+ requests per second/);
    assert.match(stdout, /MSET \(10 keys\): [\d.]+ requests per second/);
    assert.doesNotMatch(stdout, /[Ee]rror/);
  }
}

/** With `--cluster` it wants two masters or more, whoever serves; ours has one, the leader. */
async function benchmarkCluster(port: number): Promise<void> {
  await assert.rejects(
    run(REDIS_BENCHMARK, ['-h', HOST, '-p', `${port}`, '-n', '1', '-q', '--cluster'], {
      timeout: TIMEOUT_MS,
    }),
    /Invalid cluster: 1 node\(s\)/,
  );
}

async function failover(t: TestContext, cluster: RealCluster): Promise<void> {
  const rootNodes = cluster.addresses.map(({ clusterPort }) => ({ host: HOST, port: clusterPort }));
  const io = new Cluster(rootNodes);
  t.after(() => io.disconnect());
  const node = createCluster({
    rootNodes: rootNodes.map(({ port }) => ({ url: `redis://${HOST}:${port}` })),
  });
  node.on('error', () => undefined);
  t.after(() => node.destroy());
  await node.connect();
  await io.set('fo:io', 'before');
  await node.set('fo:node', 'before');

  const leader = await cluster.leader();
  await cluster.kill(leader);
  for (const [name, client] of [
    [
      'io',
      { get: async (key: string) => await io.get(key), incr: async (key: string) => await io.incr(key) },
    ],
    [
      'node',
      { get: async (key: string) => await node.get(key), incr: async (key: string) => await node.incr(key) },
    ],
  ] as const) {
    const errors: string[] = [];
    const served = async (): Promise<number | undefined> => {
      try {
        return await client.incr(`fo:${name}:n`);
      } catch (error) {
        errors.push(String(error));
        return undefined;
      }
    };
    await eventually(() => `${name} goes on: ${errors.slice(-3).join('; ')}`, served);
    assert.equal(await client.get(`fo:${name}`), 'before');
    // From here on it knows the new leader.
    for (let count = 0; count < 20; count += 1) assert.notEqual(await served(), undefined, errors.at(-1));
    t.diagnostic(`${name}: ${errors.length} errors while the leader changed`);
  }
  cluster.restart(leader);
  await cluster.allReady();
}

/** Runs a program with this input and resolves with its output. */
async function feed(program: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: TIMEOUT_MS });
  child.stdin.end(input);
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return output;
}

function missing(program: string): string | false {
  return existsSync(program) ? false : `${program} is not installed`;
}
