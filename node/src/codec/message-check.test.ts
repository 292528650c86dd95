/** Frames that are well formed and yet can't come from our core are refused where they enter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Corruption } from '../errors.ts';
import type { Ballot } from '../paxos/ballot.ts';
import { type Entry, NOOP } from '../paxos/entry.ts';
import type { Message } from '../paxos/message.ts';
import { decodeMessage, encodeMessage } from './message.ts';

const BALLOT: Ballot = { round: 3, replica: 7 };

function entry(slot: number, ballot = BALLOT): Entry {
  return { slot, ballot, value: NOOP };
}

function refused(message: Message, pattern: RegExp): void {
  assert.throws(
    () => decodeMessage(encodeMessage(message)),
    (error) => error instanceof Corruption && pattern.test(error.message),
  );
}

test('an accept with an entry of another ballot is refused', () => {
  const other = entry(5, { round: 2, replica: 7 });
  refused({ kind: 'accept', ballot: BALLOT, from: 1, chosen: 4, entries: [other] }, /another ballot/);
});

test('entries that are not of consecutive slots are refused', () => {
  const entries = [entry(5), entry(7)];
  refused({ kind: 'accept', ballot: BALLOT, from: 1, chosen: 4, entries }, /consecutive/);
  refused({ kind: 'chosen', entries: [entry(5), entry(5)] }, /consecutive/);
});

test('a promise must not make a candidate walk through slots without end', () => {
  const promise = { kind: 'promise', ballot: BALLOT, chosen: 9, part: 0, parts: 1 } as const;
  refused({ ...promise, entries: [entry(2 ** 40)] }, /holds slot/);
  refused({ ...promise, entries: [entry(9)] }, /holds slot 9/);
  assert.deepEqual(decodeMessage(encodeMessage({ ...promise, entries: [] })), { ...promise, entries: [] });
});

test('a part beyond the parts of a promise is refused', () => {
  refused({ kind: 'promise', ballot: BALLOT, chosen: 0, part: 2, parts: 2, entries: [] }, /part 2 of 2/);
});
