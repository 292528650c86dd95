/** What real replicas write to their logs: lines that programs can read, few, and never a secret. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LINE_LEVELS } from '../node/src/observe/event-lines.ts';
import { eventually, inTime } from './testing/deadline.ts';
import { paxosctlAt } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const HOST = '127.0.0.1';
/** As in a pod. */
const FOR_PROGRAMS = { PAXOSKV_LOG_FORMAT: 'json' };
/** How long a cluster that nobody uses must say nothing: several elections would fit in. */
const REST_MS = 4_000;

type LogRecord = Readonly<Record<string, unknown>>;

/** What a replica has written, without what the test's own supervisor notes beside it. */
function recordsOf(cluster: RealCluster, index: number): LogRecord[] {
  return cluster
    .lines(index)
    .map((line) => line.slice('[0] '.length))
    .filter((line) => !/^\S+Z (?:started, pid|died:)/.test(line))
    .map((line) => JSON.parse(line) as LogRecord);
}

function eventsOf(cluster: RealCluster, index: number): unknown[] {
  return recordsOf(cluster, index).map((record) => record['event']);
}

async function tells(cluster: RealCluster, index: number, event: string, times = 1): Promise<void> {
  await eventually(`replica ${index} tells of ${event}`, () =>
    eventsOf(cluster, index).filter((each) => each === event).length >= times ? true : undefined,
  );
}

test('replicas tell their life in records that say who writes, and say nothing at rest', async (t) => {
  const cluster = await RealCluster.start(t, 3, { environment: FOR_PROGRAMS });
  for (const index of cluster.indexes) {
    for (const event of ['started', 'link-up', 'leader-changed', 'caught-up'])
      await tells(cluster, index, event);
    const own = await cluster.status(index);
    for (const record of recordsOf(cluster, index)) {
      assert.match(String(record['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.equal(record['level'], LINE_LEVELS[record['event'] as keyof typeof LINE_LEVELS]);
      assert.equal(record['replica'], own?.id);
    }
    const caughtUp = recordsOf(cluster, index).find((record) => record['event'] === 'caught-up');
    assert.equal(caughtUp?.['cluster'], own?.cluster);
    assert.match(String(caughtUp?.['ballot']), /^\d+\.[0-9a-f]{12}$/);
    assert.ok(Number(caughtUp?.['slot']) > 0);
  }

  const events = () => cluster.indexes.map((index) => eventsOf(cluster, index));
  const uptimeMs = async () => {
    const status: unknown = await eventually('replica 0 answers', () => cluster.status(0));
    return (status as { readonly uptimeMs: number }).uptimeMs;
  };
  let [before, sinceMs] = [events(), 0];
  await eventually('the cluster has rested', async () => {
    const [now, nowMs] = [events(), await uptimeMs()];
    const said = now.flatMap((each, index) => each.slice(before[index]?.length));
    // A machine that stands still makes them elect another leader: then they begin to rest anew.
    assert.ok(
      said.every((event) => /^(?:leader-|link-|peer-unreachable)/.test(String(event))),
      cluster.story(),
    );
    if (sinceMs === 0 || said.length > 0) [before, sinceMs] = [now, nowMs];
    return nowMs - sinceMs > REST_MS ? true : undefined;
  });
});

test('the level is changed while replicas run: by paxosctl, by a request and by a signal', async (t) => {
  const cluster = await RealCluster.start(t, 3, { environment: FOR_PROGRAMS });
  const ask = async (index: number, init?: RequestInit) =>
    await (await fetch(`http://${HOST}:${cluster.address(index).adminPort}/v1/log-level`, init)).json();
  const own = (await cluster.status(1))?.id ?? '';
  const args = ['log-level', 'debug', '--replica', own, '--output=json'];
  const { code, out, error } = await paxosctlAt(cluster, [0], args);
  assert.equal(code, 0, error);
  assert.deepEqual(JSON.parse(out), [{ id: own, level: 'debug', reason: '' }]);
  assert.deepEqual(await Promise.all(cluster.indexes.map((index) => ask(index))), [
    { level: 'info' },
    { level: 'debug' },
    { level: 'info' },
  ]);
  await tells(cluster, 1, 'log-level');

  for (const index of [0, 1]) (await RespConnection.open(cluster.address(index).redisPort)).close();
  await tells(cluster, 1, 'client-closed');
  assert.ok(!eventsOf(cluster, 0).includes('client-opened'));

  // To debug, and from there back to what the options said.
  for (const index of [0, 1]) process.kill(cluster.pid(index), 'SIGUSR2');
  await tells(cluster, 0, 'log-level');
  await tells(cluster, 1, 'log-level', 2);
  assert.deepEqual([await ask(0), await ask(1)], [{ level: 'debug' }, { level: 'info' }]);

  const put = { method: 'PUT', body: '{"level":"trace"}' };
  assert.deepEqual(await ask(2, put), { level: 'trace' });
  await tells(cluster, 2, 'received');
  assert.deepEqual(await ask(2, { method: 'PUT', body: '{"level":"warn"}' }), { level: 'warn' });
});

test('a replica that cannot begin says so in its last record', async (t) => {
  const cluster = await RealCluster.start(t, 1, { environment: FOR_PROGRAMS });
  await cluster.kill(0);
  rmSync(cluster.directoryOf(0), { recursive: true });
  writeFileSync(cluster.directoryOf(0), 'no directory');
  cluster.restart(0);
  assert.equal(await cluster.ended(0), 'exit code 3');
  const last = recordsOf(cluster, 0).at(-1);
  assert.deepEqual([last?.['event'], last?.['level']], ['refused-directory', 'error']);
});

/** In everything that must stay unsaid; the rest of it is random. */
const MARK = 'hush';
const unsaid = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((text) => `${MARK}${text}${MARK}`);

function resp(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** What a client might send to one of the ports, good and bad, in pieces of bytes. */
const speech = fc.tuple(unsaid, unsaid, unsaid).chain(([a, b, c]) => {
  const login = resp('AUTH', PASSWORD);
  const header = `Host: x\r\nAuthorization: Bearer ${PASSWORD}\r\nConnection: close\r\n`;
  const inPath = encodeURIComponent(a);
  return fc.constantFrom(
    { port: 'redis', text: resp('AUTH', a) },
    { port: 'redis', text: resp('HELLO', '3', 'AUTH', a, b) },
    { port: 'redis', text: login + resp('SET', a, b) + resp('GET', a) },
    { port: 'redis', text: login + resp('SET', a, b, c) },
    { port: 'redis', text: login + resp(a, b, c) },
    { port: 'redis', text: login + resp('MULTI') + resp('SET', a, b) + resp(c) + resp('EXEC') },
    { port: 'redis', text: login + resp('CLIENT', 'SETNAME', MARK) + resp('CLIENT', a) },
    { port: 'redis', text: `${login}SET ${MARK} "${MARK}\r\n` },
    { port: 'redis', text: `${login}*2\r\n$${a}\r\n` },
    { port: 'redis', text: `${login}*1\r\n$99999999999\r\n${a}` },
    { port: 'cluster', text: login + resp('GET', a) },
    { port: 'http', text: `PUT /v1/kv/${inPath} HTTP/1.1\r\n${header}Content-Length: 4\r\n\r\n${MARK}` },
    {
      port: 'http',
      text: `GET /v1/kv/${inPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${MARK}\r\n\r\n`,
    },
    { port: 'http', text: `GET /store/set/${inPath}/${MARK} HTTP/1.1\r\n${header}\r\n` },
    { port: 'http', text: `GET /v1/${inPath}?${inPath}=${inPath} HTTP/1.1\r\n${header}\r\n` },
    { port: 'http', text: `${a} ${b}\r\n${c}\r\n\r\n` },
    { port: 'admin', text: `PUT /v1/log-level HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${MARK}\r\n\r\n` },
    {
      port: 'admin',
      text: `PUT /v1/log-level HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${CLUSTER_SECRET}\r\nContent-Length: 16\r\n\r\n{"level":"${MARK}"}`,
    },
    { port: 'peer', text: `GET /${inPath} HTTP/1.1\r\n${header}\r\n` },
    { port: 'peer', text: `${a}\r\n\r\n` },
  );
});

const PASSWORD = `${MARK}-the-password`;
const CLUSTER_SECRET = `${MARK}-the-secret-that-replicas-share`;
const RUNS = 200;

test('whatever clients send, no password, secret, key or value gets into the log, not even at trace', async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-logs-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [password, clusterSecret] = [path.join(directory, 'password'), path.join(directory, 'secret')];
  writeFileSync(password, PASSWORD);
  writeFileSync(clusterSecret, CLUSTER_SECRET);
  const environment = { ...FOR_PROGRAMS, PAXOSKV_LOG_LEVEL: 'trace' };
  const access = { password, clusterSecret, tls: undefined };
  const cluster = await RealCluster.start(t, 1, { environment, access });
  const { redisPort, clusterPort, httpPort, adminPort, peerPort } = cluster.address(0);
  const ports: Readonly<Record<string, number>> = {
    redis: redisPort,
    cluster: clusterPort,
    http: httpPort,
    admin: adminPort,
    peer: peerPort,
  };
  await fc.assert(
    fc.asyncProperty(speech, async ({ port, text }) => {
      const socket = connect({ host: HOST, port: ports[port] ?? 0 });
      socket.on('error', () => undefined);
      socket.resume().end(Buffer.from(text, 'latin1'));
      await inTime(`the ${port} port ends a connection`, once(socket, 'close'));
    }),
    { numRuns: RUNS },
  );
  const client = await RespConnection.open(redisPort);
  assert.equal(await client.ask('AUTH', PASSWORD), '+OK\r\n');
  assert.equal(await client.ask('SET', MARK, MARK), '+OK\r\n');
  client.close();
  // Files that change are told of, too.
  writeFileSync(password, `${PASSWORD}-2\n${PASSWORD}-3\n${PASSWORD}-4`);
  writeFileSync(clusterSecret, MARK);
  await tells(cluster, 0, 'file-refused', 2);

  const seen = new Set(eventsOf(cluster, 0));
  for (const event of ['command-done', 'applied', 'log-synced', 'refused-access', 'client-closed'])
    assert.ok(seen.has(event), event);
  const marks = [MARK, Buffer.from(MARK).toString('hex'), Buffer.from(MARK).toString('base64').slice(0, 5)];
  for (const line of cluster.lines(0)) {
    const telling = line.toLowerCase();
    for (const mark of marks) assert.ok(!telling.includes(mark.toLowerCase()), line);
  }
});
