/** Phase 1's bookkeeping against a naive oracle, with parts that come in any order, twice, or anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Ballot, BALLOT_NONE, compareBallots, type ReplicaId, type Slot } from './ballot.ts';
import { addPromise, beginPreparing, highestChosen, type Preparing, recoveredValues } from './candidate.ts';
import type { Entry } from './entry.ts';
import type { PromiseMessage } from './message.ts';
import { A, B, ballot, C, D, entry, textOf } from './testing/members.ts';

const OWN = ballot(9, A);

function preparing(): Preparing {
  return beginPreparing(OWN, 2, BALLOT_NONE);
}

function promise(entries: readonly Entry[], part = 0, parts = 1, chosen = 1): PromiseMessage {
  return { kind: 'promise', ballot: OWN, chosen, part, parts, entries };
}

interface Report {
  readonly from: ReplicaId;
  readonly chosen: Slot;
  readonly entries: readonly Entry[];
}

/** What a few acceptors have accepted: at most one entry a slot each, same ballot same value. */
const someReports: fc.Arbitrary<Report[]> = fc
  .array(
    fc.record({
      chosen: fc.integer({ min: 1, max: 4 }),
      accepted: fc.dictionary(
        fc.integer({ min: 2, max: 9 }).map(String),
        fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: A, max: D })),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((acceptors) =>
    acceptors.map(({ chosen, accepted }, index) => ({
      from: A + index,
      chosen,
      entries: Object.entries(accepted)
        .map(([slot, [round, replica]]) => entryOf(Number(slot), ballot(round, replica)))
        .filter(({ slot }) => slot > chosen),
    })),
  );

function entryOf(slot: Slot, accepted: Ballot): Entry {
  return entry(slot, accepted, `${slot} in ${accepted.round}.${accepted.replica}`);
}

/** Slot by slot: sort all that was reported for it, take the highest ballot. */
function recoveredNaively(reports: readonly Report[], chosen: Slot): string[] {
  const all = reports.flatMap((report) => report.entries);
  const last = Math.max(chosen, ...all.map(({ slot }) => slot));
  return Array.from({ length: last - chosen }, (_, index) => {
    const ofSlot = all.filter(({ slot }) => slot === chosen + 1 + index);
    const best = ofSlot.toSorted((one, other) => compareBallots(other.ballot, one.ballot))[0];
    return best === undefined ? 'noop' : textOf(best.value);
  });
}

/** A report as messages: in parts, shuffled, some of them twice. */
function messagesOf(report: Report, parts: number): PromiseMessage[] {
  const size = Math.ceil(report.entries.length / parts);
  return Array.from({ length: parts }, (_, part) =>
    promise(report.entries.slice(part * size, (part + 1) * size), part, parts, report.chosen),
  );
}

test('recoveredValues() agrees with the oracle, in whatever order the parts come and however often', () => {
  fc.assert(
    fc.property(
      someReports,
      fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      (reports, order, parts) => {
        const role = preparing();
        const messages = reports.flatMap((report) =>
          messagesOf(report, parts).map((message) => ({ from: report.from, message })),
        );
        const repeated = order.map((index) => messages[index % messages.length]);
        for (const sent of [...repeated, ...messages]) if (sent) addPromise(role, sent.from, sent.message);
        assert.deepEqual(role.complete, new Set(reports.map(({ from }) => from)));
        const chosen = Math.max(...reports.map((report) => report.chosen));
        assert.equal(highestChosen(role).chosen, chosen);
        assert.deepEqual(recoveredValues(role, chosen).map(textOf), recoveredNaively(reports, chosen));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('the highest ballot wins for each slot, not for the log as a whole (T6)', () => {
  const role = preparing();
  addPromise(role, B, promise([entry(2, ballot(5, B), 'b2'), entry(3, ballot(1, A), 'b3')]));
  addPromise(role, C, promise([entry(2, ballot(4, C), 'c2'), entry(3, ballot(2, B), 'c3')]));
  assert.deepEqual(recoveredValues(role, 1).map(textOf), ['b2', 'c3']);
});

test('a slot below the last reported one that nobody reports is filled with a no-op (T7)', () => {
  const role = preparing();
  addPromise(role, B, promise([entry(4, ballot(1, B), 'four')]));
  assert.deepEqual(recoveredValues(role, 1).map(textOf), ['noop', 'noop', 'four']);
});

test('a promise counts when all its parts are there, and not before', () => {
  const role = preparing();
  addPromise(role, B, promise([entry(3, ballot(1, B), 'three')], 1, 2));
  addPromise(role, B, promise([entry(3, ballot(1, B), 'three')], 1, 2));
  assert.equal(role.complete.size, 0);
  assert.deepEqual(recoveredValues(role, 1), []);
  addPromise(role, B, promise([entry(2, ballot(1, B), 'two')], 0, 2));
  assert.deepEqual([...role.complete], [B]);
  assert.deepEqual(recoveredValues(role, 1).map(textOf), ['two', 'three']);
});

test('a promise that begins anew, with another mark or number of parts, is counted from the beginning', () => {
  const role = preparing();
  addPromise(role, B, promise([entry(2, ballot(1, B), 'two')], 0, 2));
  // B has learned meanwhile that slot 2 is chosen, and answers the repeated prepare.
  addPromise(role, B, promise([entry(3, ballot(1, B), 'three')], 1, 2, 2));
  assert.equal(role.complete.size, 0);
  addPromise(role, B, promise([], 0, 2, 2));
  assert.deepEqual([...role.complete], [B]);
  assert.deepEqual(highestChosen(role), { chosen: 2, holder: B });
  assert.deepEqual(recoveredValues(role, 2).map(textOf), ['three']);
});

test('a complete promise stays as it was when it is repeated in another form', () => {
  const role = preparing();
  addPromise(role, B, promise([entry(2, ballot(1, B), 'two')]));
  addPromise(role, B, promise([], 0, 2, 2));
  assert.deepEqual([...role.complete], [B]);
  assert.deepEqual(recoveredValues(role, 1).map(textOf), ['two']);
});

test('what an incomplete promise reports is not used', () => {
  const role = preparing();
  addPromise(role, B, promise([entry(2, ballot(1, B), 'two')], 0, 2));
  addPromise(role, C, promise([], 0, 1));
  assert.deepEqual(recoveredValues(role, 1), []);
  assert.deepEqual(highestChosen(role), { chosen: 1, holder: C });
});
