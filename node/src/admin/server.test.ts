import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listening } from '../http/testing/running-door.ts';
import { SELF, StoreDoor } from '../http/testing/store-door.ts';
import { ReplicaMetrics } from '../observe/metrics.ts';
import type { Addresses } from '../paxos/configuration.ts';
import type { AdminAnswer, Founding, ReplicaAdmin } from '../replica/admin-door.ts';
import { AdminServer, type Exposition } from './server.ts';

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

async function runAdmin(context: TestContext, metrics?: Exposition) {
  const replica = new StoreDoor();
  const admin = new ScriptedAdmin();
  const status = () => replica.status();
  const server = new AdminServer({
    door: replica,
    admin,
    metrics:
      metrics ?? new ReplicaMetrics({ version: '1', status, logBytes: () => 0, queueDepths: () => ({}) }),
    listenHost: '127.0.0.1',
    listenPort: 0,
  });
  const port = await listening(server);
  context.after(() => new Promise<void>((resolve) => server.close(resolve)));
  return {
    replica,
    admin,
    ask: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init),
  };
}

test('livez answers 200 whatever the replica says of itself', async (t) => {
  const { ask, replica } = await runAdmin(t);
  replica.statusChanges = { ready: false, unreadyReasons: ['it belongs to no cluster'] };
  assert.equal((await ask('/livez')).status, 200);
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
    members: [
      { id: 1, voter: true, addresses, connected: false, lagSlots: undefined, roundTripMs: undefined },
    ],
  };
  const status = (await (await ask('/v1/status')).json()) as Record<string, unknown>;
  assert.equal(status['id'], SELF.toString(16));
  assert.equal(status['leader'], null);
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
