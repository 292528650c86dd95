import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksTooMuch, isTooMuch } from './disk-backlog.ts';

test('while too much waits for the disk nothing is taken in or asked for that has to be written, and all else is', () => {
  const ballot = { round: 1, replica: 1 };
  for (const [unwrittenBytes, isFull] of [
    [0, false],
    [1_000, false],
    [1_001, true],
  ] as const) {
    const backlog = { log: { unwrittenBytes }, unwrittenBytesMax: 1_000 };
    assert.equal(isTooMuch({ kind: 'chosen', entries: [] }, backlog), isFull);
    assert.equal(isTooMuch({ kind: 'accept', ballot, entries: [], chosen: 0, from: 1 }, backlog), isFull);
    assert.equal(isTooMuch({ kind: 'snapshotOffer', slot: 7, bytes: 100 }, backlog), isFull);
    assert.equal(asksTooMuch({ kind: 'fetch', from: 7 }, backlog), isFull);
    // Others may want what is here.
    assert.equal(isTooMuch({ kind: 'fetch', from: 7 }, backlog), false);
    assert.equal(asksTooMuch({ kind: 'chosen', entries: [] }, backlog), false);
    assert.equal(isTooMuch({ kind: 'full' }, backlog), false);
  }
});
