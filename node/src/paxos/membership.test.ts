/** Configurations at work in the core: from their proposal to the day on which their predecessor is needed no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ballot, ReplicaId, Slot } from './ballot.ts';
import { provenChosen } from './acceptor.ts';
import type { Configuration } from './configuration.ts';
import type { Entry } from './entry.ts';
import type { Message, PromiseMessage, Step } from './message.ts';
import { CoreUnderTest, lead, ofKind, prepare, restored, toOthers } from './testing/core-under-test.ts';
import { A, B, ballot, C, configuration, D, E, entry, textOf } from './testing/members.ts';

const ALPHA = 4;
const THREE = configuration([A, B, C], ALPHA);

function accepted(own: Ballot, mark: Slot): Message {
  return { kind: 'accepted', ballot: own, mark, gap: false, clockMs: 0 };
}

function reply(own: Ballot, mark: Slot): Message {
  return { kind: 'heartbeatReply', ballot: own, round: 1, mark, clockMs: 0, leaseGranted: false };
}

function promise(own: Ballot, chosen: Slot, entries: readonly Entry[]): PromiseMessage {
  return { kind: 'promise', ballot: own, chosen, part: 0, parts: 1, entries };
}

function configured(slot: Slot, acceptedIn: Ballot, value: Configuration): Entry {
  return { slot, ballot: acceptedIn, value: { kind: 'configuration', configuration: value } };
}

/** A leads with B's and C's answers, and has chosen its opening batch, slot 2. */
function leader(members: Configuration = THREE): { replica: CoreUnderTest; own: Ballot } {
  const replica = new CoreUnderTest(A, restored({ rulings: [{ from: 2, configuration: members }] }));
  const own = lead(replica, [B, C]);
  replica.propose('opening');
  replica.persist();
  for (const voter of [B, C]) replica.hear(voter, reply(own, 1));
  for (const voter of [B, C]) replica.hear(voter, accepted(own, 2));
  assert.equal(replica.core.chosen, 2);
  return { replica, own };
}

function slotsTo(step: Step, to: ReplicaId): Slot[] {
  return ofKind(step.messages, 'accept')
    .filter((envelope) => envelope.to === to)
    .flatMap(({ message }) => message.entries.map(({ slot }) => slot));
}

// --- A change, step by step -----------------------------------------------------------------------

test('a change is followed by no-ops, in one frame and one write, up to the window', () => {
  const { replica } = leader();
  const step = replica.step({ kind: 'configure', configuration: configuration([A, B, C], ALPHA, [D]) });
  assert.deepEqual(slotsTo(step, B), [3, 4, 5, 6]);
  assert.equal(ofKind(step.messages, 'accept').filter(({ to }) => to === B).length, 2);
  assert.deepEqual(
    step.facts.map((fact) => fact.kind === 'entry' && textOf(fact.entry.value)),
    ['configuration', 'noop', 'noop', 'noop'],
  );
  assert.equal(ofKind(step.afterwards, 'accepted').at(-1)?.message.mark, 6);
});

test('it rules from its slot + alpha, and only its own voters choose from there on', () => {
  const { replica, own } = leader(configuration([A, B, C], ALPHA, [D]));
  replica.step({ kind: 'configure', configuration: configuration([A, B, C, D], ALPHA) });
  replica.persist();
  replica.hear(B, accepted(own, 6));
  assert.equal(replica.core.chosen, 6);
  // From slot 7 on two of three are no majority any more.
  replica.persist();
  replica.hear(B, accepted(own, 10));
  assert.equal(replica.core.chosen, 6);
  replica.hear(D, reply(own, 2));
  replica.hear(D, accepted(own, 10));
  assert.equal(replica.core.chosen, 10);
});

test('one change at a time: the next one waits until the first needs its predecessor no more', () => {
  const { replica, own } = leader(configuration([A, B, C], ALPHA, [D]));
  const { leadership } = replica.core;
  assert.equal(leadership?.mayConfigure, true);
  replica.step({ kind: 'configure', configuration: configuration([A, B, C], ALPHA, [D, E]) });
  assert.equal(leadership.changeUnderWay, true);
  assert.throws(() => replica.step({ kind: 'configure', configuration: THREE }), /OneChange/);
  for (const mark of [6, 9]) {
    replica.persist();
    replica.hear(B, accepted(own, mark));
    assert.equal(leadership.mayConfigure, false);
  }
  // Slot 3 rules from slot 7 on, and slot 10 could only be proposed by who knew slot 6 to be chosen.
  replica.persist();
  replica.hear(B, accepted(own, 10));
  assert.equal(leadership.mayConfigure, true);
});

test('a leader changes nothing before its own ballot has chosen (T45)', () => {
  const replica = new CoreUnderTest(A, restored({ rulings: [{ from: 2, configuration: THREE }] }));
  lead(replica);
  assert.throws(() => replica.step({ kind: 'configure', configuration: THREE }), /OneChange/);
});

test('a new member gets the stream as soon as its addition is chosen', () => {
  const { replica, own } = leader();
  replica.step({ kind: 'configure', configuration: configuration([A, B, C], ALPHA, [D]) });
  assert.equal(replica.core.leadership?.progressOf(D), undefined);
  replica.persist();
  replica.hear(B, accepted(own, 3));
  assert.ok(replica.core.leadership?.progressOf(D));
  assert.ok(ofKind(replica.linkUp(D).messages, 'heartbeat').some(({ to }) => to === D));
});

// --- Who was removed ------------------------------------------------------------------------------

test('a removed replica knows that it is gone when it is needed no more, and not before', () => {
  const removal = configured(10, ballot(1, A), configuration([A, B], ALPHA, [], [C]));
  const replica = new CoreUnderTest(
    C,
    restored({ promised: ballot(1, A), chosen: 9, rulings: [{ from: 2, configuration: THREE }] }),
  );
  const entries = [removal, ...[11, 12, 13, 14, 15, 16, 17].map((slot) => entry(slot, ballot(1, A)))];
  for (const { slot } of entries) {
    const through = entries.filter((each) => each.slot === slot);
    replica.hear(A, { kind: 'accept', ballot: ballot(1, A), from: 2, chosen: slot - 1, entries: through });
    assert.equal(replica.core.isRemoved, false, `slot ${slot}`);
  }
  // It rules from slot 14 on; slot 17 is proposed by who knows slot 13 to be chosen.
  const last = {
    kind: 'heartbeat',
    ballot: ballot(1, A),
    from: 2,
    chosen: 17,
    round: 1,
    leaseMs: 0,
  } as const;
  replica.hear(A, last);
  assert.equal(replica.core.isRemoved, true);
});

test('a leader that is removed hands over to a voter that is level, and leads no longer', () => {
  const { replica, own } = leader();
  replica.step({ kind: 'configure', configuration: configuration([B, C], ALPHA, [], [A]) });
  for (const mark of [6, 10]) {
    replica.persist();
    for (const voter of [B, C]) replica.hear(voter, accepted(own, mark));
  }
  assert.equal(replica.core.chosen, 10);
  const told = ofKind(replica.tick(50).messages, 'campaignNow');
  assert.deepEqual(told, [{ to: B, message: { kind: 'campaignNow', ballot: own } }]);
  assert.equal(replica.core.isRemoved, false);
  const hearts = { kind: 'heartbeatReply', ballot: own, round: 1, mark: 10, clockMs: 0 } as const;
  for (let waitedMs = 0; waitedMs < 1_200; waitedMs += 50) {
    replica.hear(B, { ...hearts, leaseGranted: false });
    replica.tick(50);
  }
  assert.equal(replica.core.role, 'follower');
  assert.equal(replica.core.isRemoved, true);
});

// --- Phase 1 --------------------------------------------------------------------------------------

/** A candidate that knows the first configuration, and hears from B of another one in slot 2. */
function candidate(found: Configuration): { replica: CoreUnderTest; own: Ballot; step: Step } {
  const memory = restored({ promised: ballot(1, B), rulings: [{ from: 2, configuration: THREE }] });
  const replica = new CoreUnderTest(A, memory);
  const own = prepare(replica, [B]);
  const step = replica.hear(B, promise(own, 1, [configured(2, ballot(1, B), found)]));
  return { replica, own, step };
}

test('a configuration found in phase 1 extends it to a quorum of its voters, in the same ballot', () => {
  const { replica, own, step } = candidate(configuration([C, D, E], ALPHA, [], [A, B]));
  assert.equal(replica.core.role, 'candidate');
  const asked = ofKind(step.afterwards, 'prepare');
  assert.deepEqual(
    asked.map(({ to, message }) => [to, message.ballot, message.first]),
    [D, E].map((to) => [to, own, 2]),
  );
  replica.hear(D, promise(own, 1, []));
  assert.equal(replica.core.role, 'candidate');
  replica.hear(E, promise(own, 1, [entry(6, ballot(1, B), 'theirs')]));
  assert.equal(replica.core.role, 'leader');
  // What only they had accepted, in a slot that they rule, is proposed again, and the holes before it.
  const proposed: string[] = [];
  for (const mark of [5, 6]) {
    replica.persist();
    for (const voter of [B, C, D, E]) replica.hear(voter, accepted(own, mark));
  }
  for (let slot = 2; slot <= 6; slot += 1) {
    const value = replica.core.acceptor.window.get(slot)?.value;
    proposed.push(value === undefined ? 'nothing' : textOf(value));
  }
  assert.deepEqual(proposed, ['configuration', 'noop', 'noop', 'noop', 'theirs']);
});

test('a configuration that a higher ballot has overwritten needs no quorum', () => {
  const { replica, own } = candidate(configuration([C, D, E], ALPHA, [], [A, B]));
  replica.hear(C, promise(own, 1, [entry(2, ballot(2, C), 'instead')]));
  assert.equal(replica.core.role, 'leader');
});

test('a learner of the configuration that it knows promises all the same: it may be a voter by now', () => {
  const learning = { from: 2, configuration: configuration([A, B, C], ALPHA, [D]) };
  const replica = new CoreUnderTest(D, restored({ rulings: [learning] }));
  const prepareOf = { kind: 'prepare', ballot: ballot(3, B), first: 2, handedOver: ballot(0, 0) } as const;
  assert.equal(ofKind(toOthers(replica, replica.hear(B, prepareOf).afterwards), 'promise').length, 1);
});

test('a new leader goes on with the no-ops of a change that is not complete', () => {
  const memory = restored({
    promised: ballot(1, B),
    chosen: 5,
    rulings: [
      { from: 2, configuration: THREE },
      { from: 7, configuration: configuration([A, B, C], ALPHA, [D]) },
    ],
  });
  const replica = new CoreUnderTest(A, memory);
  const own = prepare(replica, [B]);
  replica.hear(B, promise(own, 5, []));
  assert.equal(replica.core.leadership?.last, 5);
  replica.propose('opening');
  assert.equal(replica.core.leadership.last, 9);
  assert.equal(replica.core.leadership.settledBy, 10);
});

// --- What a disk proves ---------------------------------------------------------------------------

test('a disk that holds a slot proves that the one alpha below it is chosen', () => {
  const held = [3, 4, 5, 6, 7].map((slot) => entry(slot, ballot(1, A)));
  assert.equal(provenChosen(2, held, ALPHA), 3);
  assert.equal(provenChosen(2, held, 16), 2);
  assert.equal(provenChosen(2, held.slice(0, 2).concat(entry(9, ballot(1, A))), ALPHA), 2);
  assert.equal(provenChosen(0, [], 0), 0);
});
