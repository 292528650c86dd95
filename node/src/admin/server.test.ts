import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { secretsOf } from '../auth/testing/secret-files.ts';
import { listening } from '../http/testing/running-door.ts';
import { SELF, StoreDoor } from '../http/testing/store-door.ts';
import { DigestCheckpoints } from '../observe/digest-checkpoints.ts';
import { ReplicaMetrics } from '../observe/metrics.ts';
import type { Addresses } from '../paxos/configuration.ts';
import type { AdminAnswer, Founding, ReplicaAdmin } from '../replica/admin-door.ts';
import { Hub } from '../watch/hub.ts';
import { WATCH_LIMITS } from '../watch/limits.ts';
import { consoleParts } from './testing/console-parts.ts';
import { QuietLog } from './testing/quiet-log.ts';
import { Digest } from '../kv/digest.ts';
import type { ReadableLog } from './log-route.ts';
import type { Exposition } from './metrics-page.ts';
import { AdminServer, type AdminServerOptions } from './server.ts';

type Done = (answer: AdminAnswer) => void;

/** Writes down what it is asked, and answers what it was told to. */
class ScriptedAdmin implements ReplicaAdmin {
  answer: AdminAnswer = { kind: 'done', already: false, text: 'done' };
  readonly asked: unknown[] = [];

  addLearner(id: number, addresses: Addresses, done: Done): void {
    this.#ask(['addLearner', id, addresses], done);
  }

  promote(id: number, done: Done): void {
    this.#ask(['promote', id], done);
  }

  remove(id: number, done: Done): void {
    this.#ask(['remove', id], done);
  }

  transfer(to: number | undefined, done: Done): void {
    this.#ask(['transfer', to], done);
  }

  bootstrap(founding: Founding, done: Done): void {
    this.#ask(['bootstrap', founding], done);
  }

  #ask(what: unknown, done: Done): void {
    this.asked.push(what);
    done(this.answer);
  }
}

/** Slots 5 to 9 of a log whose oldest slots are gone; the store's status says that 7 are chosen. */
class FakeLog implements ReadableLog {
  readonly firstSlot = 5;
  read(from: number, through: number, _bytesMax: number, done: Parameters<ReadableLog['read']>[3]): void {
    const count = through - from + 1;
    done(
      undefined,
      Array.from({ length: count }, (_, index) => ({
        slot: from + index,
        ballot: { round: 3, replica: 255 },
        value: { kind: 'commands', bytes: Buffer.from(`value ${from + index}`) },
      })),
    );
  }
}

/** Knows its level, and who changed it. */
async function runAdmin(
  context: TestContext,
  metrics?: Exposition,
  changes: Partial<AdminServerOptions> = {},
) {
  const replica = new StoreDoor();
  const admin = new ScriptedAdmin();
  const status = () => replica.status();
  const journal = new QuietLog();
  const hub = new Hub({ defer: setImmediate, limits: WATCH_LIMITS });
  const digests = new DigestCheckpoints();
  const sources = {
    logBytes: () => 0,
    unwrittenBytes: () => 0,
    queueDepths: () => ({}),
    watchCounts: () => hub.counts,
    digests,
    directory: import.meta.dirname,
    certificateEndMs: () => undefined,
    writeUnderWayMs: () => 0,
  };
  const server = new AdminServer({
    door: replica,
    admin,
    metrics: metrics ?? new ReplicaMetrics({ version: '1', status, ...sources }),
    host: '127.0.0.1',
    listenHost: '127.0.0.1',
    listenPort: 0,
    release: '0.1.0',
    log: new FakeLog(),
    journal,
    digests,
    backups: { openBackup: () => undefined },
    takeSnapshot: (done) => done(undefined, 7),
    secrets: undefined,
    tls: undefined,
    observer: undefined,
    console: consoleParts(replica),
    ...changes,
  });
  const port = await listening(server);
  context.after(() => new Promise<void>((resolve) => server.close(resolve)));
  return {
    replica,
    admin,
    journal,
    ask: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init),
  };
}

test('livez answers 200 whatever the replica says of itself', async (t) => {
  const { ask, replica } = await runAdmin(t);
  replica.statusChanges = { ready: false, unreadyReasons: ['it belongs to no cluster'] };
  const live = await ask('/livez');
  assert.equal(live.status, 200);
  assert.match(await live.text(), /^\{"live":true,"id":"[0-9a-f]{12}"\}\n$/);
});

test('the level of the log is told, changed at once, and kept when what was asked for makes no sense', async (t) => {
  const { ask, journal } = await runAdmin(t);
  const put = async (body: string) => await ask('/v1/log-level', { method: 'PUT', body });
  assert.deepEqual(await (await ask('/v1/log-level')).json(), { level: 'info' });
  const changed = await put('{"level":"debug"}');
  assert.deepEqual([changed.status, await changed.json()], [200, { level: 'debug' }]);
  assert.deepEqual([journal.level, journal.changedBy], ['debug', 'the admin port']);
  for (const body of ['', '{"level":"loud"}', '{"levels":"info"}', 'debug']) {
    const refused = await put(body);
    assert.equal(refused.status, 400, body);
  }
  assert.equal(journal.level, 'debug');
  assert.equal((await ask('/v1/log-level', { method: 'POST' })).status, 405);
});

test('the level of the log is a secret kept and changed by operators only', async (t) => {
  const { file } = secretsOf(t, ['first']);
  const { ask, journal } = await runAdmin(t, undefined, { secrets: file });
  const body = '{"level":"trace"}';
  assert.equal((await ask('/v1/log-level')).status, 401);
  assert.equal((await ask('/v1/log-level', { method: 'PUT', body })).status, 401);
  assert.equal(journal.level, 'info');
  const headers = { authorization: 'Bearer first' };
  assert.equal((await ask('/v1/log-level', { method: 'PUT', body, headers })).status, 200);
  assert.equal(journal.level, 'trace');
});

test('readyz answers 200 or 503, with the reasons', async (t) => {
  const { ask, replica } = await runAdmin(t);
  const ready = await ask('/readyz');
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { ready: true, reasons: [] });
  replica.statusChanges = { ready: false, unreadyReasons: ['it belongs to no cluster'] };
  const unready = await ask('/readyz?verbose');
  assert.equal(unready.status, 503);
  const body = (await unready.json()) as { reasons: string[]; status: { role: string } };
  assert.deepEqual(body.reasons, ['it belongs to no cluster']);
  assert.equal(body.status.role, 'leader');
  assert.equal((await ask('/readyz?verbos')).status, 400);
});

test('the status has ids as twelve digits, ballots as text and null for what does not apply', async (t) => {
  const { ask, replica } = await runAdmin(t);
  const addresses = { host: 'h', peerPort: 1, redisPort: 2, clusterPort: 3, httpPort: 4, adminPort: 5 };
  replica.statusChanges = {
    leader: undefined,
    version: undefined,
    changeUnderWay: undefined,
    members: [
      { id: 1, voter: true, addresses, connected: false, lagSlots: undefined, roundTripMs: undefined },
    ],
  };
  const status = (await (await ask('/v1/status')).json()) as Record<string, unknown>;
  assert.equal(status['id'], SELF.toString(16));
  assert.equal(status['leader'], null);
  assert.equal(status['release'], '0.1.0');
  assert.equal(status['version'], null);
  assert.equal(status['changeUnderWay'], null);
  assert.equal(status['ballot'], `7.${SELF.toString(16)}`);
  assert.equal(status['promised'], '0.000000000000');
  assert.deepEqual(status['members'], [
    { id: '000000000001', voter: true, addresses, connected: false, lagSlots: null, roundTripMs: null },
  ]);
});

test('metrics come in the text format, or as a problem when they cannot be read', async (t) => {
  const { ask } = await runAdmin(t);
  const response = await ask('/metrics');
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(await response.text(), /^paxoskv_has_leader 1$/m);
  const broken = await runAdmin(t, {
    contentType: 'text/plain',
    text: () => Promise.reject(new Error('no /proc')),
  });
  const failed = await broken.ask('/metrics');
  assert.equal(failed.status, 500);
  assert.match(await failed.text(), /no \/proc/);
});

test('other methods and paths are problems', async (t) => {
  const { ask } = await runAdmin(t);
  assert.equal((await ask('/livez', { method: 'POST' })).headers.get('allow'), 'GET, HEAD');
  assert.equal((await ask('/nowhere')).status, 404);
});

test('metrics are gathered once for all who ask at once, and a failure is tried again', async (t) => {
  let gathered = 0;
  const text = (): Promise<string> => {
    gathered += 1;
    return gathered === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve('metrics');
  };
  const { ask } = await runAdmin(t, { contentType: 'text/plain', text });
  assert.equal((await ask('/metrics')).status, 500);
  const answers = await Promise.all(Array.from({ length: 50 }, async () => (await ask('/metrics')).text()));
  assert.deepEqual(new Set(answers), new Set(['metrics']));
  assert.ok(gathered < 10, `${gathered} times`);
});

test('with a secret the probes and the metrics stay open, and everything else wants it', async (t) => {
  const { file } = secretsOf(t, ['first', 'second']);
  const { ask } = await runAdmin(t, undefined, { secrets: file });
  for (const path of ['/livez', '/readyz', '/metrics']) assert.equal((await ask(path)).status, 200, path);
  const refused = ['/v1/status', '/readyz?verbose', '/livez/../v1/status', '/LIVEZ', '/nowhere'];
  for (const path of refused) assert.equal((await ask(path)).status, 401, path);
  const headers = { authorization: 'Bearer second' };
  for (const path of ['/v1/status', '/readyz?verbose'])
    assert.equal((await ask(path, { headers })).status, 200);
});

test('the log is told slot by slot, as far as it is chosen and still there', async (t) => {
  const { ask, replica } = await runAdmin(t);
  replica.statusChanges = { chosen: 9, durable: 8 };
  const page = await ask('/v1/log?from=6&limit=2');
  assert.equal(page.status, 200);
  const body = (await page.json()) as { entries: unknown[]; next: number };
  assert.deepEqual(body.entries[0], {
    slot: 6,
    ballot: '3.0000000000ff',
    kind: 'commands',
    bytes: 7,
    checksum: 'c57d9482',
  });
  assert.equal(body.entries.length, 2);
  assert.equal(body.next, 8);
  const rest = (await (await ask('/v1/log?from=8')).json()) as { entries: unknown[]; next: null };
  assert.equal(rest.entries.length, 1);
  assert.equal(rest.next, null);
  const gone = await ask('/v1/log?from=4');
  assert.equal(gone.status, 410);
  assert.equal(((await gone.json()) as { firstSlot: number }).firstSlot, 5);
  assert.deepEqual(((await (await ask('/v1/log?from=10')).json()) as { entries: unknown[] }).entries, []);
  assert.equal((await ask('/v1/log?limit=1001')).status, 400);
});

test('the digests are told by slot', async (t) => {
  const digests = new DigestCheckpoints();
  digests.note(3, new Digest());
  const { ask } = await runAdmin(t, undefined, { digests });
  const body = (await (await ask('/v1/digests')).json()) as { digests: unknown };
  assert.deepEqual(body.digests, [{ slot: 3, value: new Digest().text }]);
});

test('a snapshot is taken on request, and what prevents it is told', async (t) => {
  const { ask } = await runAdmin(t);
  assert.deepEqual(await (await ask('/v1/snapshot', { method: 'POST' })).json(), { slot: 7 });
  assert.equal((await ask('/v1/snapshot')).status, 405);
  const full = await runAdmin(t, undefined, { takeSnapshot: (done) => done(new Error('no space'), 0) });
  const refused = await full.ask('/v1/snapshot', { method: 'POST' });
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /no space/);
});

test('a backup is what its source gives, chunk by chunk, one at a time, and is closed', async (t) => {
  const waiting: (() => void)[] = [];
  let closed = 0;
  const chunks = ['first', 'second'];
  const backups = {
    openBackup: () => ({
      slot: 5,
      cluster: '00'.repeat(16),
      keys: 1,
      estimatedBytes: 11,
      next: () => {
        const chunk = chunks.shift();
        return chunk === undefined ? undefined : Buffer.from(chunk);
      },
      close: () => {
        closed += 1;
        for (const resolve of waiting.splice(0)) resolve();
      },
    }),
  };
  const { ask } = await runAdmin(t, undefined, { backups });
  const response = await ask('/v1/backup');
  assert.equal(response.headers.get('paxoskv-slot'), '5');
  assert.equal(await response.text(), 'firstsecond');
  if (closed === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  assert.equal(closed, 1);
  const nothing = await runAdmin(t);
  assert.equal((await nothing.ask('/v1/backup')).status, 503);
});

const ADDRESSES = { host: 'pod-3', peerPort: 1, redisPort: 2, clusterPort: 3, httpPort: 4, adminPort: 5 };
const ID = '0000000000ff';

test('every operation on members is asked of the replica, with ids as twelve digits', async (t) => {
  const { ask, admin } = await runAdmin(t);
  const post = (path: string, body?: unknown) =>
    ask(path, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const cluster = 'c1'.repeat(16);
  const answers = [
    await post('/v1/members', { id: ID, ...ADDRESSES }),
    await post(`/v1/members/${ID}/promote`),
    await ask(`/v1/members/${ID}`, { method: 'DELETE' }),
    await post('/v1/transfer', { to: ID }),
    await post('/v1/transfer'),
    await post('/v1/bootstrap', { cluster, replica: ID, members: [{ id: ID, ...ADDRESSES }] }),
    await post('/v1/bootstrap', { cluster }),
  ];
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { done: true, already: false, detail: 'done' });
  }
  assert.deepEqual(admin.asked, [
    ['addLearner', 0xff, ADDRESSES],
    ['promote', 0xff],
    ['remove', 0xff],
    ['transfer', 0xff],
    ['transfer', undefined],
    ['bootstrap', { cluster, replica: 0xff, members: [{ id: 0xff, addresses: ADDRESSES }] }],
    ['bootstrap', { cluster, replica: undefined, members: [] }],
  ]);
});

test('a follower answers 421, with where the leader can be asked the same', async (t) => {
  const { ask, admin } = await runAdmin(t);
  const leader = { id: 0xff, voter: true, addresses: ADDRESSES };
  admin.answer = { kind: 'refused', code: 'not-leader', reason: 'ask there', leader };
  const response = await ask(`/v1/members/${ID}?`, { method: 'DELETE' });
  assert.equal(response.status, 421);
  assert.equal(response.headers.get('location'), `http://pod-3:5/v1/members/${ID}?`);
  const body = (await response.json()) as Record<string, unknown>;
  assert.deepEqual(body['leader'], { id: ID, host: 'pod-3', adminPort: 5 });
});

test('a refusal is a problem that says why, and whether it is known not to be done', async (t) => {
  const { ask, admin } = await runAdmin(t);
  for (const [code, status, outcome] of [
    ['quorum-at-risk', 409, 'not-done'],
    ['unknown-id', 404, 'not-done'],
    ['not-done', 503, 'not-done'],
    ['unknown-outcome', 504, 'unknown'],
  ] as const) {
    admin.answer = { kind: 'refused', code, reason: 'because' };
    const response = await ask(`/v1/members/${ID}`, { method: 'DELETE' });
    assert.equal(response.status, status);
    const body = (await response.json()) as Record<string, unknown>;
    assert.deepEqual(
      [body['type'], body['detail'], body['outcome']],
      [`https://paxoskv.dev/problems/${code}`, 'because', outcome],
    );
  }
});

test('what operators send is checked field by field', async (t) => {
  const { ask, admin } = await runAdmin(t);
  const cluster = 'c1'.repeat(16);
  for (const [path, body, expected] of [
    ['/v1/members', 'no JSON', /must be JSON/],
    ['/v1/members', '[]', /the content must be a record/],
    ['/v1/members', JSON.stringify({ id: 'xyz', ...ADDRESSES }), /id must be 12 hexadecimal digits/],
    ['/v1/members', JSON.stringify({ id: ID, ...ADDRESSES, host: 'a b' }), /host must be a host name/],
    ['/v1/members', JSON.stringify({ id: ID, ...ADDRESSES, peerPort: 0 }), /peerPort must be a whole number/],
    ['/v1/members', JSON.stringify({ id: ID, ...ADDRESSES, voter: true }), /must be one of id, host/],
    ['/v1/members/12/promote', '', /the id in the path must be/],
    ['/v1/transfer', '{"to":5}', /to must be 12 hexadecimal digits/],
    ['/v1/bootstrap', '{}', /cluster must be 32 hexadecimal digits/],
    ['/v1/bootstrap', JSON.stringify({ cluster, members: [{ id: ID }] }), /members\[0\].host must be/],
  ] as const) {
    const response = await ask(path, { method: 'POST', body });
    assert.equal(response.status, 400, `${path} ${body}`);
    assert.match(await response.text(), expected);
  }
  assert.deepEqual(admin.asked, []);
});
