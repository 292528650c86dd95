/** Who gets to lead, and who ceases to, at the edge of the core: one event in, one step out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BALLOT_NONE, type ReplicaId } from './ballot.ts';
import {
  CoreUnderTest,
  heartbeat,
  lead,
  ofKind,
  prepare,
  restored,
  toOthers,
} from './testing/core-under-test.ts';
import { A, B, ballot, C, configuration, D, entry, textOf } from './testing/members.ts';
import { TIMING } from './timing.ts';

// --- Ballots and elections ----------------------------------------------------------------------

test('a ballot is above everything that was promised before a restart (T11)', () => {
  const replica = new CoreUnderTest(A, restored({ promised: ballot(7, A) }));
  assert.deepEqual(prepare(replica, [B]), ballot(8, A));
});

test('a ballot is above every round that was heard of since (T11, T28)', () => {
  const replica = new CoreUnderTest(A, restored({ promised: ballot(1, A) }));
  const canvass = ofKind(replica.tick(700).messages, 'canvass')[0]?.message;
  assert.ok(canvass);
  replica.hear(C, {
    kind: 'canvassReply',
    ballot: canvass.ballot,
    granted: false,
    promised: ballot(41, C),
  });
  assert.deepEqual(ofKind(replica.tick(700).messages, 'canvass')[0]?.message.ballot, ballot(42, A));
});

test('a candidate that is refused waits for a whole timeout before it asks again (T28)', () => {
  const replica = new CoreUnderTest(A, restored({ promised: ballot(1, C) }));
  const own = prepare(replica, [B]);
  replica.hear(B, { kind: 'refuse', refused: own, promised: ballot(9, C) });
  assert.equal(replica.core.role, 'follower');
  assert.deepEqual(replica.tick(TIMING.electionMinMs - 50).messages, []);
  assert.deepEqual(ofKind(replica.tick(100).messages, 'canvass')[0]?.message.ballot, ballot(10, A));
});

test('in a new cluster a candidate goes on preparing while its disk is slow', () => {
  const replica = new CoreUnderTest(A, restored());
  const canvass = ofKind(replica.tick(50).messages, 'canvass')[0]?.message;
  assert.ok(canvass);
  replica.hear(B, { kind: 'canvassReply', ballot: canvass.ballot, granted: true, promised: ballot(0, 0) });
  assert.deepEqual(replica.tick(500).messages, []);
  replica.persist();
  const promise = {
    kind: 'promise',
    ballot: canvass.ballot,
    chosen: 1,
    part: 0,
    parts: 1,
    entries: [],
  } as const;
  replica.hear(B, promise);
  assert.equal(replica.core.role, 'leader');
});

test('nobody who hears a leader would promise to another, nor would the leader itself (T32)', () => {
  const follower = new CoreUnderTest(B, restored());
  follower.hear(A, heartbeat(1, A));
  follower.tick(TIMING.electionMinMs - 100);
  const asked = { kind: 'canvass', ballot: ballot(2, C) } as const;
  assert.equal(ofKind(follower.hear(C, asked).messages, 'canvassReply')[0]?.message.granted, false);
  follower.tick(150);
  assert.equal(ofKind(follower.hear(C, asked).messages, 'canvassReply')[0]?.message.granted, true);

  const leader = new CoreUnderTest(A, restored());
  lead(leader);
  const high = { kind: 'canvass', ballot: ballot(99, C) } as const;
  assert.equal(ofKind(leader.hear(C, high).messages, 'canvassReply')[0]?.message.granted, false);
});

test('a replica that is heard and hears nothing never raises its ballot (T33)', () => {
  const replica = new CoreUnderTest(C, restored({ promised: ballot(3, A) }));
  const step = replica.tick(20_000);
  assert.ok(ofKind(step.messages, 'canvass').length > 10);
  assert.deepEqual(step.facts, []);
  assert.deepEqual(replica.core.acceptor.promised, ballot(3, A));
});

test('a learner does not canvass, and a stranger promises nothing either', () => {
  const learning = { from: 2, configuration: configuration([A, B], 256, [C]) };
  const learner = new CoreUnderTest(C, restored({ rulings: [learning], promised: ballot(1, A) }));
  assert.deepEqual(learner.tick(3_000).messages, []);
  const stranger = new CoreUnderTest(C, restored({ rulings: [], chosen: 0 }));
  assert.deepEqual(stranger.tick(3_000).messages, []);
  assert.deepEqual(
    stranger.hear(A, { kind: 'prepare', ballot: ballot(2, A), first: 2, handedOver: BALLOT_NONE }).facts,
    [],
  );
});

test('only answers to this very ballot count, and each sender once (T13)', () => {
  const replica = new CoreUnderTest(
    A,
    restored({
      promised: ballot(1, A),
      rulings: [{ from: 2, configuration: configuration([A, B, C, 4, 5]) }],
    }),
  );
  const own = prepare(replica, [B, C]);
  const promise = { kind: 'promise', ballot: own, chosen: 1, part: 0, parts: 1, entries: [] } as const;
  replica.hear(C, { ...promise, ballot: ballot(1, A) });
  replica.hear(B, promise);
  replica.hear(B, promise);
  replica.hear(B, promise);
  assert.equal(replica.core.role, 'candidate');
  replica.hear(C, promise);
  assert.equal(replica.core.role, 'leader');
});

test('answers to an earlier canvass do not count for a later one (T13)', () => {
  const replica = new CoreUnderTest(A, restored({ promised: ballot(1, A) }));
  const first = ofKind(replica.tick(650).messages, 'canvass')[0]?.message.ballot;
  assert.ok(first);
  replica.hear(C, { kind: 'canvassReply', ballot: first, granted: false, promised: ballot(5, C) });
  replica.tick(650);
  const late = { kind: 'canvassReply', ballot: first, granted: true, promised: ballot(1, A) } as const;
  assert.deepEqual(replica.hear(B, late).facts, []);
});

test('a candidate below a promised mark fetches what is chosen before it proposes anything (T5)', () => {
  const replica = new CoreUnderTest(A, restored({ promised: ballot(1, B) }));
  const own = prepare(replica, [B]);
  const old = ballot(1, B);
  const asked = replica.hear(B, {
    kind: 'promise',
    ballot: own,
    chosen: 3,
    part: 0,
    parts: 1,
    entries: [entry(4, old)],
  });
  assert.deepEqual(asked.messages, [{ to: B, message: { kind: 'fetch', from: 2 } }]);
  assert.equal(replica.core.role, 'candidate');
  const step = replica.hear(B, { kind: 'chosen', entries: [entry(2, old), entry(3, old)] });
  assert.equal(replica.core.role, 'leader');
  const proposed = step.facts.flatMap((fact) => (fact.kind === 'entry' ? [fact.entry] : []));
  assert.deepEqual(
    proposed.map(({ slot, ballot: { round }, value }) => [slot, round, textOf(value)]),
    [
      [2, 1, 'value of 2'],
      [3, 1, 'value of 3'],
      [4, 2, 'value of 4'],
    ],
  );
});

test('what phase 1 finds is proposed again in the new ballot, with the value untouched (T8)', () => {
  const replica = new CoreUnderTest(A, restored({ promised: ballot(1, B) }));
  const own = prepare(replica, [B]);
  const found = entry(2, ballot(1, B));
  const promise = { kind: 'promise', ballot: own, chosen: 1, part: 0, parts: 1, entries: [found] } as const;
  const step = replica.hear(B, promise);
  assert.deepEqual(
    step.facts.filter((fact) => fact.kind === 'entry'),
    [{ kind: 'entry', entry: { slot: 2, ballot: own, value: found.value } }],
  );
});

test('a leader takes no notice of catch-up that comes too late', () => {
  const old = ballot(1, C);
  const replica = new CoreUnderTest(A, restored({ promised: old, entries: [entry(2, old)] }));
  const own = prepare(replica, [B]);
  replica.hear(B, { kind: 'promise', ballot: own, chosen: 1, part: 0, parts: 1, entries: [] });
  assert.equal(replica.core.role, 'leader');
  // Asked for before the election, answered by the old leader, which had got slots 2 and 3 chosen.
  replica.hear(C, { kind: 'chosen', entries: [entry(2, old)] });
  const reply = {
    kind: 'heartbeatReply',
    ballot: own,
    round: 1,
    mark: 1,
    clockMs: 0,
    leaseGranted: false,
  } as const;
  const accept = ofKind(replica.hear(B, reply).messages, 'accept')[0]?.message;
  assert.deepEqual(
    accept?.entries.map(({ slot, ballot: { round } }) => [slot, round]),
    [[2, own.round]],
  );
});

// --- Stepping down ------------------------------------------------------------------------------

test('a leader that hears of no quorum steps down (T32)', () => {
  const replica = new CoreUnderTest(A, restored());
  lead(replica);
  replica.tick(TIMING.electionMaxMs);
  assert.equal(replica.core.role, 'leader');
  replica.tick(200);
  assert.equal(replica.core.leader, undefined);
});

test('a leader that hears of a quorum stays, whatever the others do', () => {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  for (let round = 0; round < 60; round += 1) {
    replica.tick(100);
    replica.hear(B, { kind: 'heartbeatReply', ballot: own, round, mark: 1, clockMs: 0, leaseGranted: false });
  }
  assert.equal(replica.core.role, 'leader');
});

test('a leader whose own disk stalls steps down, even while the others choose without it (T34)', () => {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  replica.propose('opening');
  const { last } = replica.core.leadership ?? { last: 0 };
  for (let round = 0; round < 60 && replica.core.role === 'leader'; round += 1) {
    for (const voter of [B, C]) {
      replica.hear(voter, {
        kind: 'heartbeatReply',
        ballot: own,
        round,
        mark: last,
        clockMs: 0,
        leaseGranted: false,
      });
    }
    replica.tick(100);
  }
  assert.equal(replica.core.chosen, last);
  assert.notEqual(replica.core.role, 'leader');
});

test('a leader whose disk is done with everything stays, idle or not', () => {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  replica.propose('opening');
  replica.persist();
  for (let round = 0; round < 60; round += 1) {
    replica.hear(B, { kind: 'heartbeatReply', ballot: own, round, mark: 2, clockMs: 0, leaseGranted: false });
    replica.tick(100);
  }
  assert.equal(replica.core.role, 'leader');
  replica.propose('after a long rest');
  replica.tick(100);
  assert.equal(replica.core.role, 'leader');
});

test('a leader whose process stood still steps down before it does anything else (T35)', () => {
  const replica = new CoreUnderTest(A, restored());
  lead(replica);
  replica.read(1);
  const step = replica.tick(700, 700);
  assert.equal(replica.core.leader, undefined);
  assert.deepEqual(step.messages, []);
  assert.deepEqual(step.reads, [{ id: 1, index: 0 }]);
});

test('a follower whose process stood still does not campaign at once (T35)', () => {
  const replica = new CoreUnderTest(B, restored({ promised: ballot(1, A) }));
  replica.hear(A, heartbeat(1, A));
  assert.deepEqual(replica.tick(5_000, 5_000).messages, []);
  assert.deepEqual(replica.tick(TIMING.electionMinMs - 50).messages, []);
});

test('a candidate that is removed is promised nothing, one that is not known is: it may have been promoted (T47)', () => {
  const ruling = { from: 2, configuration: configuration([A, B], 4, [], [C]) };
  const voter = new CoreUnderTest(A, restored({ rulings: [ruling], chosen: 9 }));
  const canvass = { kind: 'canvass', ballot: ballot(2, C) } as const;
  const granted = (from: ReplicaId): boolean | undefined =>
    ofKind(voter.hear(from, canvass).messages, 'canvassReply')[0]?.message.granted;
  assert.equal(granted(C), false);
  assert.equal(granted(D), true);
  const prepared = { kind: 'prepare', ballot: ballot(2, C), first: 2, handedOver: BALLOT_NONE } as const;
  assert.deepEqual(voter.hear(C, prepared).afterwards, []);
  assert.deepEqual(toOthers(voter, voter.hear(D, prepared).afterwards).length, 1);
});

test('a follower asks around soon after the link to its leader breaks', () => {
  const replica = new CoreUnderTest(B, restored({ promised: ballot(1, A) }));
  replica.tick(TIMING.leaseMs);
  replica.hear(A, heartbeat(1, A));
  replica.linkDown(A);
  assert.equal(replica.core.leader, undefined);
  assert.ok(ofKind(replica.tick(TIMING.heartbeatMs).messages, 'canvass').length > 0);
});
