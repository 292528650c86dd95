/** Clients that behave badly, many at once: the memory of a replica stays bounded, and a client that behaves is served. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { UNWRITTEN_BYTES_MAX } from '../node/src/replica/limits.ts';
import { FAULTY_REPLICA, faultsNoticed, setFaults } from './testing/machine-faults.ts';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const MIB = 1024 * 1024;
/** Generous: what the limits add up to, and as much again for what the garbage collector has not come to. */
const RESIDENT_BYTES_MAX = 2_500 * MIB;
/** Longer than the test. */
const NEVER_MS = 10 ** 9;
/** More than a follower that is well is ever behind, of a megabyte each. */
const HUNG_SLOTS = 100;
const CONNECTIONS = Number(process.env['PAXOSKV_TEST_CONNECTIONS'] ?? 1_500);

/** The most that the process has ever had in memory. */
function residentBytesMax(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function metricOf(cluster: RealCluster, index: number, name: string): Promise<number> {
  const { host, adminPort } = cluster.address(index);
  const text = await (await fetch(`http://${host}:${adminPort}/metrics`)).text();
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? assert.fail(`no ${name} is told`);
  return Number(value);
}

/** A client that sends and does not read. */
async function deaf(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.pause();
  return socket;
}

function request(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

async function oneReplica(t: TestContext): Promise<{ cluster: RealCluster; good: RespConnection }> {
  const cluster = await RealCluster.start(t, 1);
  const good = await RespConnection.open(cluster.address(0).redisPort);
  t.after(() => good.close());
  return { cluster, good };
}

/** On a machine that has too much to do even a cluster of one may lose its leader for a while. */
const LEADERLESS = /^-(?:CLUSTERDOWN|UNKNOWNOUTCOME) /;

async function answered(expected: string, ask: () => Promise<string | undefined>): Promise<void> {
  const reply = await eventually(`"${expected}" is the answer`, async () => {
    const text = await ask();
    return text === undefined || !LEADERLESS.test(text) ? { text } : undefined;
  });
  assert.ok(reply.text?.endsWith(`${expected}\r\n`), `${reply.text?.slice(0, 100)} instead of ${expected}`);
}

/** The good client is answered, time and again, while `others` do their worst. */
async function servedDuring(good: RespConnection, others: Promise<unknown>): Promise<void> {
  const state = { done: false };
  const finished = others.finally(() => (state.done = true));
  for (let count = 0; !state.done || count < 20; count += 1) {
    await answered('OK', () => good.ask('SET', 'good', String(count)));
    await answered(String(count), () => good.ask('GET', 'good'));
  }
  await finished;
}

test('clients that ask for large values and read none are cut, and cost no more than the limit', async (t) => {
  const { cluster, good } = await oneReplica(t);
  const { redisPort } = cluster.address(0);
  assert.equal(await good.ask('SET', 'large', 'v'.repeat(8 * MIB)), '+OK\r\n');
  const greedy = await Promise.all(Array.from({ length: 20 }, () => deaf(t, redisPort)));
  const closed = greedy.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of greedy) {
    // Each is answered with gigabytes.
    socket.write(request('GET', 'large').repeat(200));
    socket.resume();
    socket.pause();
  }
  await servedDuring(
    good,
    eventually('some of them are cut', () => {
      for (const socket of greedy) if (!socket.destroyed) socket.write('\r\n');
      return greedy.some((socket) => socket.destroyed || socket.closed) ? true : undefined;
    }),
  );
  for (const socket of greedy) socket.destroy();
  await Promise.all(closed);
  assert.ok(residentBytesMax(cluster.pid(0)) < RESIDENT_BYTES_MAX, String(residentBytesMax(cluster.pid(0))));
});

test('a pipeline of writes whose answers nobody reads waits in the kernel, not in the replica', async (t) => {
  const { cluster, good } = await oneReplica(t);
  const flood = await Promise.all(Array.from({ length: 20 }, () => deaf(t, cluster.address(0).redisPort)));
  const megabyte = request('SET', 'flood', 'x'.repeat(100)).repeat(8_000);
  // An answer has five bytes: it takes many until the kernel's buffers are full of them.
  for (const socket of flood) for (let count = 0; count < 8; count += 1) socket.write(megabyte);
  await servedDuring(good, Promise.resolve());
  assert.ok(residentBytesMax(cluster.pid(0)) < RESIDENT_BYTES_MAX, String(residentBytesMax(cluster.pid(0))));
});

test('values of the maximum size from many clients at once are all taken, some at a time', async (t) => {
  const { cluster, good } = await oneReplica(t);
  const { redisPort } = cluster.address(0);
  const clients = await Promise.all(Array.from({ length: 32 }, () => RespConnection.open(redisPort)));
  const value = 'v'.repeat(8 * MIB);
  // Keys are few, so that what is kept is little: it is what arrives that counts.
  await servedDuring(
    good,
    Promise.all(
      clients.map((client, index) => answered('OK', () => client.ask('SET', `large ${index % 3}`, value))),
    ),
  );
  for (const client of clients) client.close();
  assert.ok(residentBytesMax(cluster.pid(0)) < RESIDENT_BYTES_MAX, String(residentBytesMax(cluster.pid(0))));
});

test('connections that are idle, half open or trickle take nothing from those that work', async (t) => {
  const { cluster, good } = await oneReplica(t);
  const { redisPort, httpPort } = cluster.address(0);
  const sockets: Socket[] = [];
  for (let count = 0; count < CONNECTIONS; count += 100) {
    const some = Array.from({ length: 100 }, () => deaf(t, redisPort));
    sockets.push(...(await Promise.all(some)));
  }
  for (const [index, socket] of sockets.entries()) {
    if (index % 3 === 0) socket.write('*2\r\n$3\r\nGET\r\n$100');
    // Half open: it has no more to say, and nothing to hear.
    if (index % 3 === 1) socket.end();
  }
  const trickling = await Promise.all(Array.from({ length: 50 }, () => deaf(t, httpPort)));
  for (const socket of trickling) {
    socket.write('PUT /v1/kv/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n');
    socket.write('x'.repeat(100_000));
  }
  const put = fetch(`http://127.0.0.1:${httpPort}/v1/kv/quick`, { method: 'PUT', body: 'x' });
  await servedDuring(good, put);
  assert.equal((await put).status, 201);
  assert.ok(residentBytesMax(cluster.pid(0)) < RESIDENT_BYTES_MAX, String(residentBytesMax(cluster.pid(0))));
});

test('a data quota refuses what makes the data larger on every replica, until something is deleted', async (t) => {
  const cluster = await RealCluster.start(t, 3, { dataQuota: '1MiB' });
  const clients = await Promise.all(
    cluster.indexes.map((index) => RespConnection.open(cluster.address(index).redisPort)),
  );
  const [first] = clients;
  assert(first !== undefined);
  const value = 'v'.repeat(100_000);
  const outOfMemory = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  let reply: string | undefined = '+OK\r\n';
  for (let count = 0; reply === '+OK\r\n'; count += 1) {
    assert.ok(count < 20, 'twenty values are more than the quota');
    reply = await first.ask('SET', `key ${count}`, value);
  }
  assert.equal(reply, outOfMemory);
  for (const client of clients) {
    await client.ask('GET', 'key 0');
    assert.equal(await client.ask('APPEND', 'key 0', 'x'), outOfMemory);
    assert.equal(await client.ask('STRLEN', 'key 0'), ':100000\r\n');
    assert.equal(await client.ask('MULTI'), '+OK\r\n');
    assert.equal(await client.ask('SET', 'other', '1'), '+QUEUED\r\n');
    assert.match((await client.ask('EXEC')) ?? '', /^-EXECABORT .*OOM command not allowed/);
    assert.match((await client.ask('INFO', 'memory')) ?? '', /\r\nmaxmemory:1048576\r\n/);
  }
  const put = await fetch(`http://127.0.0.1:${cluster.address(1).httpPort}/v1/kv/x`, {
    method: 'PUT',
    body: 'x',
  });
  assert.equal(put.status, 507);
  const [, second, third] = clients;
  assert.equal(await second?.ask('DEL', 'key 0'), ':1\r\n');
  assert.equal(await third?.ask('SET', 'other', '1'), '+OK\r\n', 'what was deleted elsewhere counts here');
  await cluster.assertSameState();
  for (const client of clients) client.close();
});

test('a follower whose disk hangs falls behind instead of gathering in memory what the others choose', async (t) => {
  const cluster = await RealCluster.start(t, 3, { program: FAULTY_REPLICA });
  const leader = await cluster.leader();
  const hung = cluster.indexes.find((index) => index !== leader) as number;
  setFaults(cluster, hung, { slowDiskMs: NEVER_MS });
  await faultsNoticed(cluster, hung);
  const client = await RespConnection.open(cluster.address(leader).redisPort);
  t.after(() => client.close());
  let written = 0;
  await eventually('it has fallen behind', async () => {
    assert.equal(await client.ask('SET', `key ${written % 10}`, 'v'.repeat(MIB)), '+OK\r\n');
    written += 1;
    const [ahead, behind] = [await cluster.status(leader), await cluster.status(hung)];
    if ((ahead?.chosen ?? 0) <= (behind?.chosen ?? 0) + HUNG_SLOTS) return undefined;
    const unwritten = await metricOf(cluster, hung, 'paxoskv_log_unwritten_bytes');
    const dropped = await metricOf(cluster, hung, 'paxoskv_dropped_for_disk_total');
    return unwritten > UNWRITTEN_BYTES_MAX && dropped > 0 ? true : undefined;
  });
  setFaults(cluster, hung);
  await cluster.assertSameState();
  assert.equal(await metricOf(cluster, leader, 'paxoskv_dropped_for_disk_total'), 0);
});
