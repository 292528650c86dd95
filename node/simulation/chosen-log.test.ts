import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../src/paxos/entry.ts';
import { ChosenLog } from './chosen-log.ts';

function entry(slot: number, text: string): Entry {
  return { slot, ballot: { round: 1, replica: 1 }, value: { kind: 'commands', bytes: Buffer.from(text) } };
}

test('a slot is noted once, and again by everybody who applies the same value there', () => {
  const chosen = new ChosenLog();
  assert.equal(chosen.note(0, entry(1, 'a')), true);
  assert.equal(chosen.note(1, entry(1, 'a')), false);
  assert.equal(chosen.note(0, { ...entry(2, ''), value: { kind: 'noop' } }), true);
  assert.equal(chosen.last, 2);
});

test('Agreement: another value at a slot, or a slot before its turn', () => {
  const chosen = new ChosenLog();
  chosen.note(0, entry(1, 'a'));
  assert.throws(
    () => chosen.note(1, entry(1, 'b')),
    /^Violation: Agreement: replica 1 applied another value/,
  );
  assert.throws(
    () => chosen.note(1, entry(3, 'c')),
    /^Violation: Agreement: replica 1 applied slot 3 before/,
  );
});

test('a value that its replica changes later was noted as it was', () => {
  const chosen = new ChosenLog();
  const bytes = Buffer.from('a');
  chosen.note(0, { ...entry(1, ''), value: { kind: 'commands', bytes } });
  bytes.write('b');
  assert.throws(() => chosen.note(1, entry(1, 'b')), /Agreement/);
});

test('SameState: another digest at a slot', () => {
  const chosen = new ChosenLog();
  chosen.noteDigest(0, 5, 'x');
  chosen.noteDigest(1, 5, 'x');
  chosen.noteDigest(1, 6, 'y');
  assert.throws(
    () => chosen.noteDigest(2, 5, 'y'),
    /^Violation: SameState: replica 2 has digest y at slot 5/,
  );
});
