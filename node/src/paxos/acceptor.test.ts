/** What an acceptor remembers, and what it may say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Acceptor } from './acceptor.ts';
import { compareBallots, type Slot } from './ballot.ts';
import type { Entry } from './entry.ts';
import { StepBuilder } from './step.ts';
import { restored } from './testing/core-under-test.ts';
import { A, B, ballot, C, configuration, D, entry, textOf } from './testing/members.ts';

const FIRST = ballot(1, A);
const SECOND = ballot(2, B);

test('a promise is never lowered and never repeated', () => {
  const acceptor = new Acceptor(restored({ promised: SECOND }));
  assert.throws(() => acceptor.promise(FIRST, new StepBuilder()), /PromiseGrows/);
  assert.throws(() => acceptor.promise(SECOND, new StepBuilder()), /PromiseGrows/);
});

test('a promise puts the mark back to the chosen one, whatever was accepted before', () => {
  const acceptor = new Acceptor(restored({ promised: FIRST, entries: [entry(2, FIRST), entry(3, FIRST)] }));
  assert.deepEqual([acceptor.mark, acceptor.durable], [3, 3]);
  acceptor.promise(SECOND, new StepBuilder());
  assert.deepEqual([acceptor.mark, acceptor.durable], [1, 1]);
});

test('accept() takes the promised ballot only, in slot order, and each slot once', () => {
  const acceptor = new Acceptor(restored({ promised: FIRST }));
  const out = new StepBuilder();
  assert.throws(() => acceptor.accept(entry(2, SECOND), out), /AcceptAsPromised/);
  assert.equal(acceptor.accept(entry(3, FIRST), out), 'gap');
  assert.equal(acceptor.accept(entry(2, FIRST), out), 'accepted');
  assert.equal(acceptor.accept(entry(2, FIRST, 'another'), out), 'known');
  assert.equal(textOf(acceptor.window.get(2)?.value ?? { kind: 'noop' }), 'value of 2');
  assert.deepEqual(out.facts, [{ kind: 'entry', entry: entry(2, FIRST) }]);
});

test('what is accepted may be told only when the log says that it is durable, in this ballot', () => {
  const acceptor = new Acceptor(restored({ promised: FIRST }));
  acceptor.accept(entry(2, FIRST), new StepBuilder());
  assert.deepEqual([acceptor.mark, acceptor.durable], [2, 1]);
  acceptor.noteDurable(SECOND, 2);
  assert.equal(acceptor.durable, 1);
  acceptor.noteDurable(FIRST, 2);
  assert.equal(acceptor.durable, 2);
  acceptor.promise(SECOND, new StepBuilder());
  // The log tells late of what was accepted in the earlier ballot: it says nothing about this one.
  acceptor.noteDurable(FIRST, 2);
  assert.equal(acceptor.durable, 1);
});

test('a chosen mark is believed only as far as the own mark of the same ballot (T16)', () => {
  const acceptor = new Acceptor(restored({ promised: FIRST, entries: [entry(2, FIRST), entry(3, FIRST)] }));
  acceptor.promise(SECOND, new StepBuilder());
  acceptor.learnChosenMark(3, new StepBuilder());
  assert.equal(acceptor.chosen, 1);
  acceptor.accept(entry(2, SECOND), new StepBuilder());
  acceptor.learnChosenMark(3, new StepBuilder());
  assert.equal(acceptor.chosen, 2);
});

test('catch-up takes entries one after the other, and what is known or not next is skipped', () => {
  const acceptor = new Acceptor(restored({ promised: SECOND }));
  const out = new StepBuilder();
  for (const slot of [3, 2, 2, 3, 5]) acceptor.learnChosenEntry(entry(slot, FIRST), out);
  assert.deepEqual([acceptor.chosen, acceptor.mark], [3, 3]);
  assert.deepEqual(
    out.facts.map((fact) => (fact.kind === 'entry' ? fact.entry.slot : fact.kind)),
    [2, 'chosen', 3, 'chosen'],
  );
});

test('a configuration rules once it is chosen, not before', () => {
  const acceptor = new Acceptor(restored({ promised: FIRST }));
  const value = { kind: 'configuration', configuration: configuration([A, B, C, D]) } as const;
  acceptor.accept({ slot: 2, ballot: FIRST, value }, new StepBuilder());
  assert.equal(acceptor.rulings.all.length, 1);
  acceptor.learnChosenMark(2, new StepBuilder());
  assert.deepEqual(
    acceptor.rulings.all.map(({ from }) => from),
    [2, 258],
  );
});

test('after a restart the mark counts only what was accepted in the promised ballot without a gap', () => {
  const entries = [entry(2, SECOND), entry(3, SECOND), entry(4, FIRST), entry(5, SECOND)];
  assert.equal(new Acceptor(restored({ promised: SECOND, entries })).mark, 3);
  assert.equal(new Acceptor(restored({ promised: ballot(3, C), entries })).mark, 1);
});

test('after a restart the ballot of an entry from catch-up counts as promised', () => {
  // Catch-up had brought it in the ballot of its sender; the crash took away the news that it is chosen.
  const acceptor = new Acceptor(restored({ promised: FIRST, entries: [entry(2, SECOND)] }));
  assert.deepEqual(acceptor.promised, SECOND);
  assert.equal(acceptor.mark, 2);
});

test('a promise reports everything accepted above the chosen mark and from the asked slot on', () => {
  const entries = [entry(2, FIRST), entry(3, FIRST), entry(5, FIRST)];
  const acceptor = new Acceptor(restored({ promised: SECOND, entries }));
  const slots = (first: Slot) =>
    acceptor.promiseParts(first).flatMap((part) => part.entries.map(({ slot }) => slot));
  assert.deepEqual(slots(1), [2, 3, 5]);
  assert.deepEqual(slots(3), [3, 5]);
  assert.deepEqual(acceptor.promiseParts(9), [
    { kind: 'promise', ballot: SECOND, chosen: 1, part: 0, parts: 1, entries: [] },
  ]);
});

test('a long promise comes in parts that hold every entry once, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900_000 }), { maxLength: 12 }), (sizes) => {
      const bytes = new Uint8Array(900_000);
      const entries = sizes.map((size, index): Entry => ({
        slot: index + 2,
        ballot: FIRST,
        value: { kind: 'commands', bytes: bytes.subarray(0, size) },
      }));
      const parts = new Acceptor(restored({ promised: SECOND, entries })).promiseParts(2);
      assert.deepEqual(
        parts.map(({ part }) => part),
        parts.map((_, index) => index),
      );
      assert.ok(parts.every((part) => part.parts === parts.length && part.chosen === 1));
      assert.deepEqual(
        parts.flatMap((part) => part.entries.map(({ slot }) => slot)),
        entries.map(({ slot }) => slot),
      );
      for (const part of parts) {
        const total = part.entries.reduce((sum, { value }) => sum + textLength(value), 0);
        assert.ok(part.entries.length <= 1 || total <= 1024 * 1024);
      }
    }),
    { numRuns: 100 },
  );
});

test('whatever it is asked, an acceptor promises upwards, accepts upwards and keeps what is chosen', () => {
  const operation = fc.record({
    kind: fc.constantFrom('promise', 'accept', 'mark'),
    round: fc.integer({ min: 1, max: 5 }),
    slot: fc.integer({ min: 2, max: 6 }),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const acceptor = new Acceptor(restored());
      const kept = new Map<Slot, string>();
      for (const { kind, round, slot } of operations) {
        const before = acceptor.promised;
        const asked = ballot(round, A);
        const order = compareBallots(asked, before);
        if (kind === 'promise' && order > 0) acceptor.promise(asked, new StepBuilder());
        if (kind === 'accept' && order === 0)
          acceptor.accept(entry(slot, asked, `${round}`), new StepBuilder());
        if (kind === 'mark') acceptor.learnChosenMark(slot, new StepBuilder());
        assert.ok(compareBallots(acceptor.promised, before) >= 0);
        assert.ok(acceptor.chosen <= acceptor.mark && acceptor.durable <= acceptor.mark);
        for (let at = 2; at <= acceptor.chosen; at += 1) {
          const held = textOf(acceptor.window.get(at)?.value ?? { kind: 'noop' });
          assert.equal(held, kept.get(at) ?? held);
          kept.set(at, held);
        }
      }
    }),
  );
});

function textLength(value: Entry['value']): number {
  return value.kind === 'commands' ? value.bytes.length : 0;
}

test('taking over a snapshot keeps the promise and every acceptance above it, whatever was accepted', () => {
  const accepted = fc.array(fc.tuple(fc.integer({ min: 2, max: 12 }), fc.boolean()), { maxLength: 11 });
  fc.assert(
    fc.property(accepted, fc.integer({ min: 2, max: 14 }), (given, slot) => {
      const bySlot = new Map(given.map(([at, isNew]) => [at, entry(at, isNew ? SECOND : FIRST)]));
      const entries = [...bySlot.values()].toSorted((a, b) => a.slot - b.slot);
      const acceptor = new Acceptor(restored({ promised: SECOND, entries }));
      const { mark } = acceptor;
      const rulings = [{ from: 2, configuration: configuration([A, B, D]) }];
      const out = new StepBuilder();
      acceptor.install(slot, rulings, out);
      assert.deepEqual(acceptor.promised, SECOND);
      assert.equal(acceptor.chosen, slot);
      assert.equal(acceptor.mark, Math.max(mark, slot));
      assert.equal(acceptor.durable, Math.max(mark, slot));
      assert.deepEqual(
        [...acceptor.window.from(1)],
        entries.filter((held) => held.slot > slot),
      );
      assert.deepEqual(acceptor.rulings.all, rulings);
      assert.deepEqual(out.facts, [{ kind: 'chosen', slot }]);
      assert.throws(() => acceptor.install(slot, rulings, out), /InstallGoesForward/);
      assert.equal(acceptor.accept(entry(acceptor.mark + 1, SECOND), out), 'accepted');
    }),
  );
});
