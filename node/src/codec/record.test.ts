/** Records of the log: what is written comes back, and what has changed since is noticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Corruption } from '../errors.ts';
import type { Entry } from '../paxos/entry.ts';
import { someEntry, someRecord } from './codec.arbitrary.ts';
import { bodyLength, decodeRecord, encodeRecord, entryRecord, isIntact, recordBytes } from './record.ts';

const someBytes = fc.oneof(
  someRecord.map((record) => encodeRecord(record)),
  someEntry.map((entry) => entryRecord(entry)),
);

function plain({ slot, ballot, value }: Entry): Omit<Entry, 'record'> {
  if (value.kind !== 'commands') return { slot, ballot, value };
  return { slot, ballot, value: { kind: 'commands', bytes: Uint8Array.from(value.bytes) } };
}

test('every kind of record comes back as it was written, wherever in the log it lies', () => {
  fc.assert(
    fc.property(someRecord, fc.integer({ min: 0, max: 5 }), (record, before) => {
      const bytes = encodeRecord(record);
      const log = Buffer.alloc(before * 8 + bytes.length, 0xff);
      log.set(bytes, before * 8);
      assert.equal(isIntact(log, before * 8), true);
      assert.deepEqual(decodeRecord(log, before * 8), record);
      assert.equal(bytes.length, recordBytes(bodyLength(bytes, 0)));
      assert.equal(bytes.length % 8, 0);
    }),
  );
});

test('an entry comes back with its value, and with the very bytes as its record', () => {
  fc.assert(
    fc.property(someEntry, (entry) => {
      const bytes = entryRecord(entry);
      assert.equal(entryRecord(entry), bytes);
      const record = decodeRecord(bytes, 0);
      assert(record.kind === 'entry');
      assert.deepEqual(plain(record.entry), plain(entry));
      assert.deepEqual(Buffer.from(entryRecord(record.entry)), Buffer.from(bytes));
    }),
  );
});

test('no part of a record is taken for a whole one', () => {
  fc.assert(
    fc.property(someBytes, fc.nat(), (bytes, at) => {
      const length = 8 + bodyLength(bytes, 0);
      assert.equal(isIntact(bytes.subarray(0, at % length), 0), false);
      assert.equal(isIntact(bytes.subarray(0, length), 0), true);
    }),
  );
});

test('a flipped bit anywhere in length, checksum or body is noticed', () => {
  fc.assert(
    fc.property(someBytes, fc.nat(), (bytes, at) => {
      const changed = Buffer.from(bytes);
      const bit = at % ((8 + bodyLength(bytes, 0)) * 8);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(isIntact(changed, 0), false);
    }),
    { numRuns: 2_000 },
  );
});

test('the padding is zeros, so that a dump is the same for the same record', () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      const padding = bytes.subarray(8 + bodyLength(bytes, 0));
      assert.ok(padding.length < 8 && padding.every((byte) => byte === 0));
    }),
  );
});

test('zeros, noise and absurd lengths are no records', () => {
  assert.equal(isIntact(Buffer.alloc(64), 0), false);
  assert.equal(isIntact(Buffer.alloc(64, 0xff), 0), false);
  assert.equal(isIntact(Buffer.alloc(4), 0), false);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => !isIntact(noise, 0)));
});

test('bytes with a matching checksum that we do not write are refused by name', () => {
  const unknownKind = encodeRecord({ kind: 'chosen', slot: 1 });
  unknownKind[8] = 99;
  assert.throws(() => decodeRecord(unknownKind, 0), new Corruption('a record has the unknown kind 99'));
  const unknownValue = entryRecord({
    slot: 1,
    ballot: { round: 1, replica: 1 },
    value: { kind: 'noop' },
  });
  unknownValue[9] = 7;
  assert.throws(() => decodeRecord(unknownValue, 0), new Corruption('an entry has the unknown value kind 7'));
  const short = encodeRecord({ kind: 'promise', ballot: { round: 1, replica: 1 } });
  short[0] = 12;
  assert.throws(() => decodeRecord(short, 0), new Corruption('a promise record has 12 bytes instead of 13'));
  const header = encodeRecord({ kind: 'header', formatVersion: 1, replica: 1, segment: 1 });
  header[9] = 0;
  assert.throws(
    () => decodeRecord(header, 0),
    new Corruption('a header record does not begin with "PaxosKV"'),
  );
});
