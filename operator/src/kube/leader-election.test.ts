import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Refused } from '../../testing/refused.ts';
import type { SeenRequest } from '../../testing/requests.ts';
import { LEASE } from './builtin-kinds.ts';
import { KubeApi } from './kube-api.ts';
import { LeaderElection, type LeaseTiming } from './leader-election.ts';
import { type LeaseObject, newLease } from './lease-record.ts';
import type { RuntimeEvent } from './runtime-event.ts';

const NAME = { namespace: 'test', name: 'operator' };
const QUICK: LeaseTiming = { leaseMs: 2_000, renewDeadlineMs: 1_500, retryMs: 50 };
const isRenewal = ({ method }: SeenRequest): boolean => method === 'PUT';

class Candidate {
  readonly election: LeaderElection;
  readonly lost: string[] = [];
  readonly events: RuntimeEvent[] = [];

  constructor(t: TestContext, server: FakeApiServer, identity: string, timing = QUICK) {
    this.election = new LeaderElection({
      api: new KubeApi({ transport: server.transport(), fieldManager: 'test', requestTimeoutMs: 200 }),
      lease: NAME,
      identity,
      onLost: (reason) => this.lost.push(reason),
      observer: (event) => this.events.push(event),
      timing,
    });
    t.after(async () => {
      await this.election.stop();
      server.close();
    });
    this.election.start();
  }

  states(): string[] {
    return this.events.flatMap((event) => (event.kind === 'leadership' ? [event.state] : []));
  }
}

function lease(server: FakeApiServer): LeaseObject {
  return server.get<LeaseObject>(LEASE, NAME);
}

suite('LeaderElection', () => {
  test('the first candidate leads, and renews without ever stopping to', async (t) => {
    const server = new FakeApiServer();
    const one = new Candidate(t, server, 'one');
    await one.election.acquired();
    assert.equal(lease(server).spec?.holderIdentity, 'one');
    assert.equal(lease(server).spec?.leaseDurationSeconds, 2);
    await eventually('renewals', () => server.requests.filter(isRenewal).length > 5);
    assert.equal(one.election.leads, true);
    assert.deepEqual(one.lost, []);
    await one.election.stop();
    assert.equal(lease(server).spec?.holderIdentity, '');
    assert.equal(one.election.leads, false);
    assert.deepEqual(one.states(), ['leading', 'released']);
  });

  test('of many candidates that begin together one leads', async (t) => {
    const server = new FakeApiServer();
    const candidates = ['a', 'b', 'c', 'd'].map((identity) => new Candidate(t, server, identity));
    await Promise.race(candidates.map(async ({ election }) => await election.acquired()));
    await eventually(
      'the others follow',
      () => candidates.filter((each) => each.states()[0] === 'following').length === 3,
    );
    assert.equal(candidates.filter(({ election }) => election.leads).length, 1);
  });

  test('a holder whose clock is far behind keeps its lease as long as it renews', async (t) => {
    const server = new FakeApiServer();
    server.create(LEASE, newLease(NAME, 'slow clock', 1_000));
    const renewing = setInterval(() => {
      const renewTime = `2001-01-01T00:00:00.${String(Math.floor(performance.now() * 10))
        .padStart(6, '0')
        .slice(-6)}Z`;
      server.patch(LEASE, NAME, { spec: { renewTime } });
    }, 50);
    const other = new Candidate(t, server, 'other');
    await eventually('many looks', () => server.requests.length > 30);
    assert.equal(other.election.leads, false);
    clearInterval(renewing);
    await other.election.acquired();
  });

  test('a dead holder whose clock is far ahead is replaced when its time is over by ours', async (t) => {
    const server = new FakeApiServer();
    const dead = newLease(NAME, 'dead', 1_000);
    server.create(LEASE, { ...dead, spec: { ...dead.spec, renewTime: '2101-01-01T00:00:00.000000Z' } });
    const startedMs = performance.now();
    const other = new Candidate(t, server, 'other');
    await other.election.acquired();
    assert.ok(performance.now() - startedMs >= 1_000, 'not before a full lease was watched');
    assert.equal(lease(server).spec?.leaseTransitions, 1);
  });

  test('a follower waits for what the holder promised, not for its own setting', async (t) => {
    const server = new FakeApiServer();
    server.create(LEASE, newLease(NAME, 'patient', 3_000));
    const startedMs = performance.now();
    await new Candidate(t, server, 'other').election.acquired();
    assert.ok(performance.now() - startedMs >= 3_000);
  });

  test('who can’t renew has lost before anybody else may lead', async (t) => {
    const server = new FakeApiServer();
    const one = new Candidate(t, server, 'one');
    await one.election.acquired();
    server.fail(Infinity, new Refused(500, 'InternalError', 'etcd is away'), isRenewal);
    await eventually('the loss', () => one.lost.length > 0);
    assert.equal(one.election.leads, false);
    assert.deepEqual(one.lost, ['not renewed for 1500 ms']);
    assert.deepEqual(one.states(), ['leading', 'lost']);
    assert.ok(one.events.some(({ kind }) => kind === 'leaseFailed'));
  });

  test('who gets no answer at all loses, too, and survives a few renewals that fail', async (t) => {
    const server = new FakeApiServer();
    const one = new Candidate(t, server, 'one');
    await one.election.acquired();
    server.fail(1, 'hang', isRenewal);
    await eventually('a failure', () => one.events.some(({ kind }) => kind === 'leaseFailed'));
    await eventually('renewals', () => server.requests.filter(isRenewal).length > 5);
    assert.equal(one.election.leads, true);
    server.fail(Infinity, 'hang');
    await eventually('the loss', () => one.lost.length > 0);
    assert.equal(one.election.leads, false);
  });

  test('who finds its lease taken or deleted has lost at once', async (t) => {
    for (const how of ['taken', 'deleted'] as const) {
      const server = new FakeApiServer();
      const one = new Candidate(t, server, 'one');
      await one.election.acquired();
      if (how === 'taken') server.patch(LEASE, NAME, { spec: { holderIdentity: 'thief' } });
      else server.delete(LEASE, NAME);
      await eventually('the loss', () => one.lost.length > 0);
      assert.deepEqual(one.lost, [how === 'taken' ? 'taken by thief' : 'deleted']);
      assert.equal(
        server.find<LeaseObject>(LEASE, NAME)?.spec?.holderIdentity ?? 'none',
        how === 'taken' ? 'thief' : 'none',
      );
    }
  });

  test('somebody’s label on the lease is no loss, and neither is an answer that got lost', async (t) => {
    const server = new FakeApiServer();
    const one = new Candidate(t, server, 'one');
    await one.election.acquired();
    server.patch(LEASE, NAME, { metadata: { labels: { seen: 'yes' } } });
    server.crashAtWrite(1, 'done');
    await eventually('the crash', () => server.hasCrashed);
    server.revive();
    const seen = server.requests.length;
    await eventually('renewals', () => server.requests.slice(seen).filter(isRenewal).length > 3);
    assert.equal(one.election.leads, true);
    assert.deepEqual(one.lost, []);
  });

  test('a process that wakes from a pause does not lead, even before its timers fire', async (t) => {
    const server = new FakeApiServer();
    const one = new Candidate(t, server, 'one');
    await one.election.acquired();
    assert.equal(one.election.leads, true);
    const startedMs = performance.now();
    while (performance.now() - startedMs < QUICK.renewDeadlineMs + 10) {
      // As if stopped: nothing else of this process runs.
    }
    assert.equal(one.election.leads, false);
    const guarded = new KubeApi({
      transport: server.transport(),
      fieldManager: 'test',
      mayWrite: () => one.election.leads,
    });
    await assert.rejects(guarded.create(LEASE, newLease({ ...NAME, name: 'b' }, 'x', 1_000)), {
      code: 'NOT_LEADING',
    });
    await eventually('the loss', () => one.lost.length > 0);
  });
});
