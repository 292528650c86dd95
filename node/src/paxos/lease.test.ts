/** Leases: who may promise what, and when a leader may read without asking (T29, T30). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ballot, BALLOT_NONE } from './ballot.ts';
import { LEASE_DRIFT_SHARE } from './lease.ts';
import type { Heartbeat, HeartbeatReply, Message, Prepare } from './message.ts';
import { CoreUnderTest, lead, ofKind, restored, toOthers } from './testing/core-under-test.ts';
import { A, B, ballot, C, configuration, D, E } from './testing/members.ts';
import { TIMING } from './timing.ts';

const USABLE_MS = TIMING.leaseMs * (1 - LEASE_DRIFT_SHARE);

function reply(own: Ballot, round: number, leaseGranted = true, mark = 2): HeartbeatReply {
  return { kind: 'heartbeatReply', ballot: own, round, mark, clockMs: 0, leaseGranted };
}

function heartbeat(of: Ballot, leaseMs = TIMING.leaseMs): Heartbeat {
  return { kind: 'heartbeat', ballot: of, from: 2, chosen: 1, round: 1, leaseMs };
}

function prepareOf(of: Ballot, handedOver: Ballot = BALLOT_NONE): Prepare {
  return { kind: 'prepare', ballot: of, first: 2, handedOver };
}

/** A leads with a lease wanted, and has chosen; every heartbeat so far is answered without a grant. */
function leader(): { replica: CoreUnderTest; own: Ballot } {
  const replica = new CoreUnderTest(A, restored(), () => 0, true);
  const own = lead(replica);
  replica.propose('opening');
  replica.persist();
  replica.hear(B, { kind: 'accepted', ballot: own, mark: 2, gap: false, clockMs: 0 });
  return { replica, own };
}

/** The round of the next heartbeat, and when it was sent. */
function beat(replica: CoreUnderTest): { round: number; sentAtMs: number } {
  for (;;) {
    const sent = ofKind(replica.tick(10, 10).messages, 'heartbeat')[0]?.message;
    if (sent === undefined) continue;
    assert.equal(sent.leaseMs, TIMING.leaseMs);
    return { round: sent.round, sentAtMs: replica.nowMs };
  }
}

// --- The leader -----------------------------------------------------------------------------------

test('a leader whose lease a quorum has granted reads without a round', () => {
  const { replica, own } = leader();
  const { round } = beat(replica);
  replica.hear(B, reply(own, round));
  const step = replica.read(7);
  assert.deepEqual(step.reads, [{ id: 7, index: 2 }]);
  assert.deepEqual(step.messages, []);
});

test('a follower that asks for an index gets it without a round, too', () => {
  const { replica, own } = leader();
  const { round } = beat(replica);
  replica.hear(B, reply(own, round));
  const answers = ofKind(replica.hear(C, { kind: 'indexRequest', id: 5 }).messages, 'indexReply');
  assert.deepEqual(answers, [{ to: C, message: { kind: 'indexReply', id: 5, index: 2 } }]);
});

test('the lease counts from when the heartbeat was sent, and ends a fifth before its length', () => {
  const { replica, own } = leader();
  const { round, sentAtMs } = beat(replica);
  replica.tick(50, 10);
  replica.hear(B, reply(own, round));
  replica.step({ kind: 'time', nowMs: sentAtMs + USABLE_MS - 1 });
  assert.equal(
    ofKind(replica.step({ kind: 'read', id: 1, nowMs: sentAtMs + USABLE_MS - 1 }).messages, 'heartbeat')
      .length,
    0,
  );
  const late = replica.step({ kind: 'read', id: 2, nowMs: sentAtMs + USABLE_MS });
  assert.deepEqual(late.reads, []);
  assert.ok(ofKind(late.messages, 'heartbeat').length > 0);
});

test('a read is judged by its own time, not by that of the last tick', () => {
  const { replica, own } = leader();
  const { round, sentAtMs } = beat(replica);
  replica.hear(B, reply(own, round));
  // The process stood still after its last tick, for less than makes it step down.
  assert.deepEqual(replica.step({ kind: 'read', id: 1, nowMs: sentAtMs + 550 }).reads, []);
  assert.equal(replica.core.role, 'leader');
});

test('answers that grant nothing, of learners, or of less than a quorum are no lease', () => {
  const five = configuration([A, B, C, D], 256, [E]);
  const replica = new CoreUnderTest(
    A,
    restored({ rulings: [{ from: 2, configuration: five }] }),
    () => 0,
    true,
  );
  const own = lead(replica, [B, C]);
  replica.propose('opening');
  replica.persist();
  for (const voter of [B, C]) {
    replica.hear(voter, { kind: 'accepted', ballot: own, mark: 2, gap: false, clockMs: 0 });
  }
  const { round } = beat(replica);
  replica.hear(B, reply(own, round));
  replica.hear(C, reply(own, round, false));
  replica.hear(E, reply(own, round));
  assert.equal(ofKind(replica.read(1).messages, 'heartbeat').length, 4);
  assert.deepEqual(replica.core.role, 'leader');
});

test('a lease must be granted by a quorum of every configuration that rules or soon will', () => {
  const rulings = [
    { from: 2, configuration: configuration([A, B, C]) },
    { from: 200, configuration: configuration([A, B, C, D]) },
  ];
  const replica = new CoreUnderTest(A, restored({ rulings }), () => 0, true);
  const own = lead(replica, [B, C]);
  replica.propose('opening');
  replica.persist();
  replica.hear(B, { kind: 'accepted', ballot: own, mark: 2, gap: false, clockMs: 0 });
  const { round } = beat(replica);
  replica.hear(B, reply(own, round));
  assert.deepEqual(replica.read(1).reads, []);
  replica.hear(C, reply(own, round));
  assert.deepEqual(ofKind(replica.read(2).messages, 'heartbeat'), []);
});

test('after it has told a successor to campaign a leader asks for no lease and uses none', () => {
  const { replica, own } = leader();
  const { round } = beat(replica);
  for (const voter of [B, C]) replica.hear(voter, reply(own, round));
  const told = ofKind(replica.step({ kind: 'transfer', to: B }).messages, 'campaignNow');
  assert.deepEqual(
    told.map(({ to }) => to),
    [B],
  );
  const step = replica.read(1);
  assert.deepEqual(step.reads, []);
  assert.equal(ofKind(step.messages, 'heartbeat')[0]?.message.leaseMs, 0);
});

// --- The acceptor ---------------------------------------------------------------------------------

const LEADER = ballot(4, A);
const HIGHER = ballot(5, C);

/** B has started long ago, and has granted A's lease just now. */
function granting(): CoreUnderTest {
  const replica = new CoreUnderTest(B, restored({ promised: LEADER }));
  replica.tick(TIMING.leaseMs);
  const answer = ofKind(replica.hear(A, heartbeat(LEADER)).messages, 'heartbeatReply')[0]?.message;
  assert.equal(answer?.leaseGranted, true);
  return replica;
}

function promises(replica: CoreUnderTest, message: Message): boolean {
  return ofKind(toOthers(replica, replica.hear(C, message).afterwards), 'promise').length > 0;
}

test('who has granted a lease promises nobody anything, however often it is asked, until it is over', () => {
  const replica = granting();
  assert.equal(promises(replica, prepareOf(HIGHER)), false);
  replica.tick(TIMING.leaseMs - 10, 10);
  assert.equal(promises(replica, prepareOf(HIGHER)), false);
  const canvassed = replica.hear(C, { kind: 'canvass', ballot: HIGHER });
  assert.equal(ofKind(canvassed.messages, 'canvassReply')[0]?.message.granted, false);
  replica.tick(10, 10);
  assert.equal(promises(replica, prepareOf(HIGHER)), true);
});

test('it does not campaign itself, though its link to the leader broke', () => {
  const replica = granting();
  replica.linkDown(A);
  assert.deepEqual(ofKind(replica.tick(TIMING.leaseMs - 10, 10).messages, 'canvass'), []);
  assert.ok(ofKind(replica.tick(TIMING.heartbeatMs, 10).messages, 'canvass').length > 0);
});

test('the lease is measured from when the heartbeat is heard, however late the last tick was', () => {
  const replica = new CoreUnderTest(B, restored({ promised: LEADER }));
  replica.tick(TIMING.leaseMs);
  const heardAtMs = replica.nowMs + 500;
  replica.step({ kind: 'time', nowMs: heardAtMs });
  replica.hear(A, heartbeat(LEADER));
  replica.step({ kind: 'time', nowMs: heardAtMs + TIMING.leaseMs - 1 });
  assert.equal(promises(replica, prepareOf(HIGHER)), false);
});

test('whom the leader of that lease told to campaign is promised at once, whom an earlier one told is not', () => {
  assert.equal(promises(granting(), prepareOf(HIGHER, ballot(3, C))), false);
  assert.equal(promises(granting(), prepareOf(HIGHER, LEADER)), true);
});

test('a replica that has just started waits one lease: what it granted it does not know (T30)', () => {
  const replica = new CoreUnderTest(B, restored({ promised: LEADER }));
  assert.equal(promises(replica, prepareOf(HIGHER)), false);
  replica.tick(TIMING.leaseMs);
  assert.equal(promises(replica, prepareOf(HIGHER)), true);
  // One that never promised anything has granted nothing.
  assert.equal(promises(new CoreUnderTest(B, restored()), prepareOf(HIGHER)), true);
});

test('no lease is granted that is longer than what a start waits for', () => {
  const replica = new CoreUnderTest(B, restored({ promised: LEADER }));
  const answer = ofKind(replica.hear(A, heartbeat(LEADER, TIMING.leaseMs + 1)).messages, 'heartbeatReply');
  assert.equal(answer[0]?.message.leaseGranted, false);
});
