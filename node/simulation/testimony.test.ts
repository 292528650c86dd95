/** What replicas tell one another binds them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage, type PeerMessage } from '../src/codec/message.ts';
import { type Ballot, BALLOT_NONE } from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
import { configuration } from '../src/paxos/testing/members.ts';
import { ChosenLog } from './chosen-log.ts';
import { checkHeldByQuorum, type Holder } from './held-by-quorum.ts';
import { type Memory, Testimony } from './testimony.ts';

const A = 1;
const B = 2;
const C = 3;
const low: Ballot = { round: 1, replica: A };
const high: Ballot = { round: 2, replica: B };

function entry(slot: number, ballot: Ballot, text = 'x'): Entry {
  return { slot, ballot, value: { kind: 'commands', bytes: Buffer.from(text) } };
}

function remembers(promised: Ballot, chosen = 0, entries: readonly Entry[] = []): Memory {
  return { promised, chosen, window: new Map(entries.map((each) => [each.slot, each])) };
}

function accepted(ballot: Ballot, mark: number): PeerMessage {
  return { kind: 'accepted', ballot, mark, gap: false, clockMs: 0 };
}

function promise(ballot: Ballot): PeerMessage {
  return { kind: 'promise', ballot, chosen: 0, part: 0, parts: 1, entries: [] };
}

function heard(
  told: readonly (readonly [from: number, message: PeerMessage])[],
  chosen = new ChosenLog(),
): Testimony {
  const testimony = new Testimony(chosen);
  for (const [from, message] of told) testimony.hear(from, encodeMessage(message));
  return testimony;
}

/** What a log has chosen so far: a configuration of these voters, as slot 1. */
function logOf(...voters: readonly number[]): ChosenLog {
  const chosen = new ChosenLog();
  const value = { kind: 'configuration', configuration: configuration(voters, 4) } as const;
  chosen.note(0, { slot: 1, ballot: BALLOT_NONE, value });
  return chosen;
}

function holder(id: number, through: number, ...held: Entry[]): Holder {
  const window = new Map(held.map((each) => [each.slot, each]));
  return { id, replica: { core: { chosen: through, acceptor: { window } } } };
}

test('PromiseIsKept: no vote in a ballot below one that was promised', () => {
  const testimony = heard([
    [B, accepted(low, 1)],
    [B, promise(high)],
    [B, accepted(high, 1)],
    [C, accepted(low, 1)],
  ]);
  assert.throws(
    () => testimony.hear(B, encodeMessage(accepted(low, 2))),
    /^Violation: PromiseIsKept: .* in 1/,
  );
});

test('ToldIsKept: a promise, a prepared ballot, or one that a vote was given in', () => {
  const heartbeatReply = {
    kind: 'heartbeatReply',
    ballot: high,
    round: 1,
    mark: 0,
    clockMs: 0,
    leaseGranted: false,
  } as const;
  const prepare = { kind: 'prepare', ballot: high, first: 1, handedOver: BALLOT_NONE } as const;
  for (const message of [promise(high), prepare, accepted(high, 0), heartbeatReply]) {
    const testimony = heard([[B, message]]);
    testimony.checkMemory(B, remembers(high));
    testimony.checkMemory(C, remembers(low));
    assert.throws(
      () => testimony.checkMemory(B, remembers(low)),
      /^Violation: ToldIsKept: .* has promised 2/,
    );
  }
});

test('ToldIsKept: an acceptance, in its ballot or a higher one, or as chosen', () => {
  const testimony = heard([[B, accepted(low, 2)]]);
  testimony.checkMemory(B, remembers(high, 0, [entry(1, low), entry(2, high)]));
  assert.throws(() => testimony.checkMemory(B, remembers(high, 1)), /^Violation: ToldIsKept: .* slot 2 in 1/);
  testimony.checkMemory(B, remembers(high, 2));
  testimony.checkMemory(B, remembers(high, 2));
  const higher = heard([[B, accepted(high, 1)]]);
  assert.throws(() => higher.checkMemory(B, remembers(high, 0, [entry(1, low)])), /ToldIsKept/);
});

test('what was chosen before it was told binds nobody', () => {
  const chosen = new ChosenLog();
  chosen.note(0, entry(1, low));
  heard([[B, accepted(low, 1)]], chosen).checkMemory(B, remembers(low));
});

test('LeadsByQuorum: promises are counted by who gave them, and only those of voters', () => {
  const own: PeerMessage = { kind: 'prepare', ballot: low, first: 1, handedOver: BALLOT_NONE };
  const told = [
    [A, own],
    [B, promise(low)],
    [B, promise(low)],
    [99, promise(low)],
  ] as const;
  heard(told, logOf(A, B, C)).checkLeads(low, 1);
  const five = heard(told, logOf(A, B, C, 4, 5));
  assert.throws(
    () => five.checkLeads(low, 1),
    /^Violation: LeadsByQuorum: 1\.0{11}1 leads by the promises of/,
  );
  assert.throws(() => heard(told, logOf(A, B, C)).checkLeads(high, 1), /LeadsByQuorum/);
});

test('LeadsByQuorum: of every configuration that was chosen for a slot above the mark of the leader', () => {
  const chosen = logOf(A, B, C);
  const value = { kind: 'configuration', configuration: configuration([A, B, C, 4], 4) } as const;
  for (const slot of [2, 3]) chosen.note(0, entry(slot, low));
  chosen.note(0, { slot: 4, ballot: low, value });
  const told = [
    [A, { kind: 'prepare', ballot: low, first: 3, handedOver: BALLOT_NONE }],
    [B, promise(low)],
  ] as const;
  assert.throws(() => heard(told, chosen).checkLeads(low, 3), /LeadsByQuorum/);
  heard([...told, [4, promise(low)]], chosen).checkLeads(low, 3);
});

test('ChosenByQuorum: votes of another ballot do not count, and the vote of the leader binds it', () => {
  const testimony = heard([[C, accepted(high, 4)]], logOf(A, B, C));
  testimony.checkChosen(entry(4, high));
  assert.throws(() => testimony.checkChosen(entry(4, low)), /^Violation: ChosenByQuorum: slot 4/);
  assert.throws(() => testimony.checkChosen(entry(5, high)), /ChosenByQuorum/);
  assert.throws(() => testimony.checkMemory(B, remembers(high)), /ToldIsKept: .* slot 4/);
});

test('ChosenByQuorum: who does not vote on the slot does not count', () => {
  const testimony = heard([[99, accepted(high, 4)]], logOf(A, B, C));
  assert.throws(() => testimony.checkChosen(entry(4, high)), /with 1 of 3 votes/);
});

test('ChosenIsHeld: a quorum holds the chosen value; who is down or has lost its disk is believed', () => {
  const chosen = logOf(A, B, C);
  chosen.note(0, entry(2, low, 'value 2'));
  const down: Holder = { id: C, replica: undefined };
  const second = entry(2, high, 'value 2');
  checkHeldByQuorum([holder(A, 2), holder(B, 1, second), holder(C, 0)], new Map(), 2, chosen);
  checkHeldByQuorum([holder(A, 2), holder(B, 1), down], new Map(), 2, chosen);
  checkHeldByQuorum([holder(A, 2), holder(B, 1), holder(C, 0)], new Map([[C, 2]]), 2, chosen);
  const other = entry(2, high, 'other');
  assert.throws(
    () => checkHeldByQuorum([holder(A, 2), holder(B, 1, other), holder(C, 1)], new Map(), 2, chosen),
    /^Violation: ChosenIsHeld: slot 2 is chosen, and 1 of 3 voters hold its value/,
  );
  assert.throws(
    () => checkHeldByQuorum([holder(A, 2), holder(B, 1), holder(C, 2)], new Map([[C, 1]]), 2, chosen),
    /ChosenIsHeld: slot 2/,
  );
  // A replica that votes on nothing holds nothing that counts.
  assert.throws(
    () => checkHeldByQuorum([holder(A, 2), holder(B, 1), holder(99, 2)], new Map(), 2, chosen),
    /ChosenIsHeld: slot 2/,
  );
});
