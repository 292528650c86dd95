/** What replicas tell one another binds them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage, type PeerMessage } from '../src/codec/message.ts';
import { type Ballot, BALLOT_NONE } from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
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

function holder(place: number, through: number, ...held: Entry[]): Holder {
  const window = new Map(held.map((each) => [each.slot, each]));
  return { place, replica: { core: { chosen: through, acceptor: { window } } } };
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

test('LeadsByQuorum: promises are counted by who gave them', () => {
  const own: PeerMessage = { kind: 'prepare', ballot: low, first: 1, handedOver: BALLOT_NONE };
  const two = heard([
    [A, own],
    [B, promise(low)],
    [B, promise(low)],
  ]);
  two.checkLeads(low, 3);
  assert.throws(() => two.checkLeads(low, 5), /^Violation: LeadsByQuorum: .* leads by 2 of 5 promises/);
  assert.throws(() => two.checkLeads(high, 3), /LeadsByQuorum/);
});

test('ChosenByQuorum: votes of another ballot do not count, and the vote of the leader binds it', () => {
  const testimony = heard([[C, accepted(high, 4)]]);
  testimony.checkChosen(entry(4, high), 3);
  assert.throws(() => testimony.checkChosen(entry(4, low), 3), /^Violation: ChosenByQuorum: slot 4/);
  assert.throws(() => testimony.checkChosen(entry(5, high), 3), /ChosenByQuorum/);
  assert.throws(() => testimony.checkMemory(B, remembers(high)), /ToldIsKept: .* slot 4/);
});

test('ChosenIsHeld: a quorum holds the chosen value; who is down or has lost its disk is believed', () => {
  const chosen = new ChosenLog();
  for (const slot of [1, 2]) chosen.note(0, entry(slot, low, `value ${slot}`));
  const down: Holder = { place: 2, replica: undefined };
  const second = entry(2, high, 'value 2');
  checkHeldByQuorum([holder(0, 2), holder(1, 1, second), holder(2, 0)], new Map(), 1, chosen);
  checkHeldByQuorum([holder(0, 2), holder(1, 1), down], new Map(), 1, chosen);
  checkHeldByQuorum([holder(0, 2), holder(1, 1), holder(2, 0)], new Map([[2, 2]]), 1, chosen);
  const other = entry(2, high, 'other');
  assert.throws(
    () => checkHeldByQuorum([holder(0, 2), holder(1, 1, other), holder(2, 1)], new Map(), 1, chosen),
    /^Violation: ChosenIsHeld: slot 2 is chosen, and 1 of 3 replicas hold its value/,
  );
  assert.throws(
    () => checkHeldByQuorum([holder(0, 2), holder(1, 1), holder(2, 0)], new Map([[2, 1]]), 2, chosen),
    /ChosenIsHeld/,
  );
});
