/** One leadership: votes, the chosen mark, the stream, reads and stamps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import type { Message, Step } from './message.ts';
import { CoreUnderTest, lead, ofKind, prepare, restored } from './testing/core-under-test.ts';
import { A, B, ballot, C, configuration, D, entry } from './testing/members.ts';
import { TIMING } from './timing.ts';

const accepted = (own: Ballot, mark: Slot, gap = false, clockMs = 0): Message => ({
  kind: 'accepted',
  ballot: own,
  mark,
  gap,
  clockMs,
});

const reply = (own: Ballot, mark: Slot, round = 1, clockMs = 0): Message => ({
  kind: 'heartbeatReply',
  ballot: own,
  round,
  mark,
  clockMs,
  leaseGranted: false,
});

/** Slots sent to a member as accepts, in order. */
function slotsTo(step: Step, to: ReplicaId): Slot[] {
  return ofKind(step.messages, 'accept')
    .filter((envelope) => envelope.to === to)
    .flatMap(({ message }) => message.entries.map(({ slot }) => slot));
}

function leaderOfThree(): { replica: CoreUnderTest; own: Ballot } {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  for (const voter of [B, C]) replica.hear(voter, reply(own, 1));
  return { replica, own };
}

// --- Votes --------------------------------------------------------------------------------------

test("a leader's own vote counts only when its own disk has it (T4)", () => {
  const { replica, own } = leaderOfThree();
  const step = replica.propose('x');
  assert.deepEqual(slotsTo(step, B), [2]);
  replica.hear(B, accepted(own, 2));
  assert.equal(replica.core.chosen, 1);
  replica.persist();
  assert.equal(replica.core.chosen, 2);
});

test('a quorum of followers chooses without the leader', () => {
  const { replica, own } = leaderOfThree();
  replica.propose('x');
  replica.hear(B, accepted(own, 2));
  replica.hear(C, accepted(own, 2));
  assert.equal(replica.core.chosen, 2);
});

test('a vote that is repeated counts once, and one of another ballot or of a stranger not at all (T13)', () => {
  const replica = new CoreUnderTest(
    A,
    restored({ rulings: [{ from: 2, configuration: configuration([A, B, C, D, 5]) }] }),
  );
  const own = lead(replica, [B, C]);
  replica.propose('x');
  replica.persist();
  for (let time = 0; time < 3; time += 1) replica.hear(B, accepted(own, 2));
  replica.hear(C, accepted(ballot(own.round - 1, C), 2));
  replica.hear(77, accepted(own, 2));
  assert.equal(replica.core.chosen, 1);
  replica.hear(C, accepted(own, 2));
  assert.equal(replica.core.chosen, 2);
});

test('a learner receives the stream and its vote counts for nothing', () => {
  const replica = new CoreUnderTest(
    A,
    restored({ rulings: [{ from: 2, configuration: configuration([A, B, C], 256, [D]) }] }),
  );
  const own = lead(replica);
  replica.hear(D, reply(own, 1));
  assert.deepEqual(slotsTo(replica.propose('x'), D), [2]);
  replica.hear(D, accepted(own, 2));
  replica.persist();
  assert.equal(replica.core.chosen, 1);
});

test('votes are cumulative: one for a later slot is one for all before it', () => {
  const { replica, own } = leaderOfThree();
  for (const text of ['x', 'y', 'z']) replica.propose(text);
  replica.hear(B, accepted(own, 4));
  replica.persist();
  assert.equal(replica.core.chosen, 4);
});

test('a mark that nobody can have in this ballot tells of a newer one: no vote, and the leader steps down', () => {
  const { replica, own } = leaderOfThree();
  const chosen = replica.core.chosen;
  replica.hear(B, accepted(own, 9));
  assert.equal(replica.core.chosen, chosen);
  replica.tick(10);
  assert.notEqual(replica.core.role, 'leader');
});

test('every slot is voted on by the configuration that rules it', () => {
  // From slot 4 on D and 5 rule with A.
  const replica = new CoreUnderTest(
    A,
    restored({
      rulings: [
        { from: 2, configuration: configuration([A, B, C]) },
        { from: 4, configuration: configuration([A, D, 5]) },
      ],
    }),
  );
  const own = lead(replica, [B, D]);
  // The first value is followed by no-ops, as for every change that is not complete.
  replica.propose('2');
  replica.persist();
  replica.hear(D, accepted(own, 5));
  assert.equal(replica.core.chosen, 1);
  replica.hear(B, accepted(own, 5));
  assert.equal(replica.core.chosen, 5);
});

test('no more than alpha slots are in flight, and what phase 1 found goes first', () => {
  const old = ballot(1, B);
  const replica = new CoreUnderTest(
    A,
    restored({ promised: old, rulings: [{ from: 2, configuration: configuration([A, B, C], 2) }] }),
  );
  const own = prepare(replica, [B]);
  const entries = [entry(2, old), entry(3, old), entry(4, old)];
  replica.hear(B, { kind: 'promise', ballot: own, chosen: 1, part: 0, parts: 1, entries });
  const leadership = replica.core.leadership;
  assert.ok(leadership);
  assert.equal(leadership.last, 3);
  assert.equal(leadership.roomToPropose, false);
  assert.throws(() => replica.propose('too early'), /AlphaWindow/);
  replica.persist();
  replica.hear(B, accepted(own, 2));
  assert.equal(leadership.last, 4);
  assert.equal(leadership.roomToPropose, false);
  replica.persist();
  replica.hear(B, accepted(own, 4));
  assert.equal(leadership.roomToPropose, true);
});

// --- The stream ---------------------------------------------------------------------------------

test('nothing is streamed to a member before it has told its mark', () => {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  assert.deepEqual(slotsTo(replica.propose('x'), B), []);
  assert.deepEqual(slotsTo(replica.hear(B, reply(own, 1)), B), [2]);
});

test('a member that reports a gap gets the stream from its mark on, but not at every report', () => {
  const { replica, own } = leaderOfThree();
  for (const text of ['x', 'y', 'z']) replica.propose(text);
  assert.deepEqual(slotsTo(replica.hear(B, accepted(own, 1, true)), B), []);
  replica.tick(TIMING.heartbeatMs);
  assert.deepEqual(slotsTo(replica.hear(B, accepted(own, 1, true)), B), [2, 3, 4]);
  assert.deepEqual(slotsTo(replica.hear(B, accepted(own, 1, true)), B), []);
});

test('a tail without an answer is sent again', () => {
  const { replica, own } = leaderOfThree();
  replica.propose('x');
  replica.propose('y');
  replica.hear(B, accepted(own, 2));
  assert.deepEqual(slotsTo(replica.tick(TIMING.repeatMs - 50), B), []);
  assert.deepEqual(slotsTo(replica.tick(100), B), [3]);
});

test('a new link begins with a question, and the stream goes on behind the answer', () => {
  const { replica, own } = leaderOfThree();
  replica.propose('x');
  replica.propose('y');
  const step = replica.linkUp(B);
  assert.equal(ofKind(step.messages, 'heartbeat').length, 2);
  assert.deepEqual(slotsTo(replica.propose('z'), B), []);
  assert.deepEqual(slotsTo(replica.hear(B, reply(own, 2, 2)), B), [3, 4]);
});

test('a member that comes back with a lower mark gets what it lacks, and its old votes stay', () => {
  const { replica, own } = leaderOfThree();
  replica.propose('x');
  replica.hear(B, accepted(own, 2));
  replica.linkDown(B);
  replica.linkUp(B);
  assert.deepEqual(slotsTo(replica.hear(B, reply(own, 1, 2)), B), [2]);
  replica.persist();
  assert.equal(replica.core.chosen, 2);
});

test('a slow member has no more than 64 slots unanswered', () => {
  const { replica, own } = leaderOfThree();
  const sent: Slot[] = [];
  for (let index = 0; index < 100; index += 1) sent.push(...slotsTo(replica.propose('x'), B));
  assert.equal(sent.length, 64);
  const more = slotsTo(replica.hear(B, accepted(own, 11)), B);
  assert.deepEqual([more[0], more.at(-1)], [66, 75]);
});

test('a member below the first slot of the ballot is told from where the stream comes, and gets none', () => {
  const replica = new CoreUnderTest(A, restored({ chosen: 5, promised: ballot(1, B) }));
  const own = prepare(replica, [B]);
  const step = replica.hear(B, { kind: 'promise', ballot: own, chosen: 5, part: 0, parts: 1, entries: [] });
  assert.equal(ofKind(step.messages, 'heartbeat')[0]?.message.from, 6);
  replica.propose('x');
  assert.deepEqual(slotsTo(replica.hear(C, reply(own, 3)), C), []);
  assert.deepEqual(slotsTo(replica.hear(C, reply(own, 5)), C), [6]);
});

// --- Announcing ---------------------------------------------------------------------------------

test('an urgent choice is announced at once, another with the next accept or tick', () => {
  const { replica, own } = leaderOfThree();
  replica.propose('urgent', true);
  replica.persist();
  const urgent = replica.hear(B, accepted(own, 2));
  assert.equal(ofKind(urgent.messages, 'heartbeat')[0]?.message.chosen, 2);
  replica.propose('not so');
  replica.persist();
  assert.deepEqual(ofKind(replica.hear(B, accepted(own, 3)).messages, 'heartbeat'), []);
  assert.equal(ofKind(replica.propose('next').messages, 'accept')[0]?.message.chosen, 3);
});

// --- Reads --------------------------------------------------------------------------------------

test('a new leader reads nothing before a value of its own ballot is chosen (T9)', () => {
  const old = ballot(1, B);
  const replica = new CoreUnderTest(A, restored({ promised: old }));
  const own = prepare(replica, [B]);
  const entries = [entry(2, old)];
  replica.hear(B, { kind: 'promise', ballot: own, chosen: 1, part: 0, parts: 1, entries });
  assert.deepEqual(replica.read(1).messages, []);
  replica.hear(B, reply(own, 1));
  replica.propose('opening');
  replica.persist();
  assert.deepEqual(replica.hear(B, accepted(own, 2)).messages, []);
  const step = replica.hear(B, accepted(own, 3));
  const round = ofKind(step.messages, 'heartbeat')[0]?.message.round;
  assert.ok(round);
  assert.deepEqual(replica.hear(B, reply(own, 3, round)).reads, [{ id: 1, index: 3 }]);
});

test('an answer to a round that began before the read came is of no use to it (T31)', () => {
  const { replica, own } = leaderOfThree();
  replica.propose('opening');
  replica.persist();
  replica.hear(B, accepted(own, 2));
  const beforeRead = ofKind(replica.tick(TIMING.heartbeatMs).messages, 'heartbeat').at(-1)?.message.round;
  assert.ok(beforeRead);
  const asked = ofKind(replica.read(1).messages, 'heartbeat')[0]?.message.round;
  assert.ok(asked !== undefined && asked > beforeRead);
  assert.deepEqual(replica.hear(B, reply(own, 2, beforeRead)).reads, []);
  assert.deepEqual(replica.hear(C, reply(own, 2, beforeRead)).reads, []);
  assert.deepEqual(replica.hear(C, reply(own, 2, asked)).reads, [{ id: 1, index: 2 }]);
});

test('a leader that is alone answers reads at once', () => {
  const alone = restored({ rulings: [{ from: 2, configuration: configuration([A]) }] });
  const replica = new CoreUnderTest(A, alone);
  replica.tick(100);
  replica.persist();
  assert.equal(replica.core.role, 'leader');
  replica.propose('opening');
  replica.persist();
  assert.deepEqual(replica.read(1).reads, [{ id: 1, index: 2 }]);
});

// --- Time ---------------------------------------------------------------------------------------

test('a stamp is no later than the clocks of a quorum, and goes on with the time that passes', () => {
  const replica = new CoreUnderTest(A, restored());
  const own = lead(replica);
  const leadership = replica.core.leadership;
  assert.ok(leadership);
  assert.equal(leadership.stampMs(replica.nowMs, 9_000_000), 0);
  replica.hear(B, reply(own, 1, 1, 5_000));
  assert.equal(leadership.stampMs(replica.nowMs + 70, 9_000_000), 5_070);
  assert.equal(leadership.stampMs(replica.nowMs + 70, 4_000), 4_000);
  replica.hear(C, reply(own, 1, 1, 8_000));
  assert.equal(leadership.stampMs(replica.nowMs, 9_000_000), 8_000);
});
