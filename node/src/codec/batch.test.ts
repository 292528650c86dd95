/** Batches of commands: gathered in segments, read back command by command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Corruption } from '../errors.ts';
import { type BatchHeader, BatchReader, encodeBatch, segmentHeader, SegmentWriter } from './batch.ts';
import { record, someBallot, uint48 } from './codec.arbitrary.ts';

interface Command {
  readonly code: number;
  readonly args: readonly string[];
}

const latin1 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const someCommand: fc.Arbitrary<Command> = record({
  code: fc.integer({ min: 1, max: 255 }),
  args: fc.array(latin1, { maxLength: 4 }),
});
const someSegments = fc.array(
  record({ process: uint48, first: uint48, commands: fc.array(someCommand, { maxLength: 5 }) }),
  { maxLength: 4 },
);
const someHeader: fc.Arbitrary<BatchHeader> = record({
  tag: someBallot,
  stampMs: uint48,
  number: uint48,
  expire: fc.boolean(),
});

function sealed(process: number, first: number, commands: readonly Command[]): Uint8Array {
  const writer = new SegmentWriter(process);
  for (const { code, args } of commands) writer.add(code, args);
  assert.equal(writer.count, commands.length);
  return writer.seal(first);
}

function readAll(bytes: Uint8Array): unknown {
  const reader = new BatchReader(bytes);
  const segments: unknown[] = [];
  while (reader.nextSegment()) {
    const commands: Command[] = [];
    const { process, firstRequest: first, requests } = reader;
    while (reader.nextCommand()) commands.push({ code: reader.code, args: reader.args });
    segments.push({ process, first, requests, commands });
  }
  return { header: reader.header, segments };
}

/** What was read, or undefined when the bytes are refused; any other error fails the test. */
function readOrRefuse(bytes: Uint8Array): unknown {
  try {
    return readAll(bytes);
  } catch (error) {
    assert(error instanceof Corruption, String(error));
    return undefined;
  }
}

test('a batch comes back as it was made, segment by segment and command by command', () => {
  fc.assert(
    fc.property(someHeader, someSegments, (header, segments) => {
      const bytes = encodeBatch(
        header,
        segments.map(({ process, first, commands }) => sealed(process, first, commands)),
      );
      assert.deepEqual(readAll(bytes), {
        header,
        segments: segments.map((segment) => ({ ...segment, requests: segment.commands.length })),
      });
    }),
  );
});

test('segments whose commands nobody reads are skipped', () => {
  const bytes = encodeBatch({ tag: { round: 1, replica: 1 }, stampMs: 0, number: 1, expire: false }, [
    sealed(1, 1, [{ code: 1, args: ['a'] }]),
    sealed(2, 9, [{ code: 2, args: [] }]),
  ]);
  const reader = new BatchReader(bytes);
  assert.equal(reader.nextSegment(), true);
  assert.equal(reader.nextSegment(), true);
  assert.deepEqual([reader.process, reader.firstRequest], [2, 9]);
  assert.equal(reader.nextCommand(), true);
  assert.equal(reader.code, 2);
  assert.equal(reader.nextCommand(), false);
  assert.equal(reader.nextSegment(), false);
  assert.equal(reader.nextSegment(), false);
});

test('a batch that is cut short is refused, or ends between two segments', () => {
  fc.assert(
    fc.property(someHeader, someSegments, fc.nat(), (header, segments, at) => {
      const parts = segments.map(({ process, first, commands }) => sealed(process, first, commands));
      const bytes = encodeBatch(header, parts);
      const length = at % bytes.length;
      const read = readOrRefuse(bytes.subarray(0, length));
      const ends = parts.map((_, index) => encodeBatch(header, parts.slice(0, index)).length);
      assert.equal(read !== undefined, ends.includes(length));
    }),
    { numRuns: 1_000 },
  );
});

test('a batch with a flipped bit, or of noise, is read or refused, never more', () => {
  fc.assert(
    fc.property(someHeader, someSegments, fc.nat(), (header, segments, at) => {
      const bytes = encodeBatch(
        header,
        segments.map(({ process, first, commands }) => sealed(process, first, commands)),
      );
      const bit = at % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      readOrRefuse(bytes);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      readOrRefuse(Buffer.concat([Buffer.from([1]), noise]));
    }),
    { numRuns: 2_000 },
  );
});

test('a command that claims more arguments than there are bytes is refused before room is made for them', () => {
  const segment = sealed(1, 1, [{ code: 1, args: ['abc'] }]);
  const bytes = encodeBatch({ tag: { round: 1, replica: 1 }, stampMs: 0, number: 1, expire: false }, [
    segment,
  ]);
  bytes.fill(0xff, 26 + 20 + 1, 26 + 20 + 5);
  const reader = new BatchReader(bytes);
  reader.nextSegment();
  assert.throws(() => reader.nextCommand(), new Corruption('a batch ends within a command'));
});

test('a batch of another version is refused', () => {
  const bytes = encodeBatch({ tag: { round: 1, replica: 1 }, stampMs: 0, number: 1, expire: false }, []);
  bytes[0] = 2;
  assert.throws(() => new BatchReader(bytes), new Corruption('a batch has version 2, this replica reads 1'));
  assert.throws(() => new BatchReader(new Uint8Array(0)), Corruption);
});

test('a segment tells whose it is, and one of another length is refused', () => {
  const segment = sealed(7, 100, [
    { code: 1, args: [] },
    { code: 2, args: ['x'] },
  ]);
  assert.deepEqual(segmentHeader(segment), { process: 7, first: 100, count: 2 });
  for (const length of [0, 19, segment.length - 1]) {
    assert.throws(() => segmentHeader(segment.subarray(0, length)), Corruption);
  }
});

test('what has been sealed stays as it is while the writer goes on, also beyond its first buffer', () => {
  const writer = new SegmentWriter(1);
  const large = 'x'.repeat(100_000);
  writer.add(1, [large]);
  assert.equal(writer.bytes, 20 + 5 + 4 + large.length);
  const first = writer.seal(1);
  assert.deepEqual([writer.count, writer.bytes], [0, 20]);
  for (let index = 0; index < 30; index += 1) writer.add(2, [large]);
  const second = writer.seal(2);
  writer.add(3, ['y'.repeat(1000)]);
  const batch = encodeBatch({ tag: { round: 1, replica: 1 }, stampMs: 0, number: 1, expire: false }, [
    first,
    second,
  ]);
  const reader = new BatchReader(batch);
  reader.nextSegment();
  reader.nextCommand();
  assert.deepEqual([reader.code, reader.args], [1, [large]]);
  reader.nextSegment();
  let commands = 0;
  while (reader.nextCommand()) commands += 1;
  assert.deepEqual([commands, reader.args], [30, [large]]);
});
