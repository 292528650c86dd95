/** Snapshots: what is written comes back, whatever happens meanwhile, and what has changed since is noticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Corruption } from '../errors.ts';
import { type LogStep, logArbitrary, queued, START_MS } from '../kv/commands.arbitrary.ts';
import type { RecordImage } from '../kv/key-record.ts';
import type { Reply } from '../kv/reply.ts';
import { Store } from '../kv/store.ts';
import { type SnapshotDraft, someSnapshotDraft } from './codec.arbitrary.ts';
import { CHUNK_BODY_BYTES_MAX, CHUNK_FIELDS_BYTES, ChunkBuffer, sealChunk } from './snapshot-chunk.ts';
import { encodeHeader, SNAPSHOT_VERSION } from './snapshot-header.ts';
import { SnapshotReader, type SnapshotSummary, SnapshotVerifier, SnapshotWriter } from './snapshot.ts';

const KEYS = ['a', 'b', 'c', 'user:1', 'user:2', 'user:31', '\xff\x00'];

const DRAFT: SnapshotDraft = {
  cluster: 'bebe9460282c60dca4d32769c3147706',
  applier: { applied: 42, epoch: { round: 3, replica: 9 }, batchNumber: 7, stampMs: START_MS },
  rulings: [],
};

function perform(store: Store, step: LogStep): Reply {
  if (step.kind === 'expire') return store.expireDue(step.stampMs, step.keysMax);
  return store.execute(step.code, step.args, { nowMs: step.nowMs, random: 0.5 });
}

function run(store: Store, ...words: string[]): Reply {
  const { code, args } = queued(words);
  return store.execute(code, args, { nowMs: START_MS, random: 0.5 });
}

/** A snapshot's chunks, each a copy; `between` runs before each of them. */
function chunksOf(store: Store, draft = DRAFT, between: () => void = () => {}): Buffer[] {
  const view = store.openView();
  const writer = new SnapshotWriter({ ...draft, store: view.header }, view);
  const chunks: Buffer[] = [];
  for (;;) {
    between();
    const chunk = writer.next();
    if (chunk === undefined) break;
    chunks.push(Buffer.from(chunk));
  }
  view.close();
  assert.equal(writer.bytes, Buffer.concat(chunks).length);
  return chunks;
}

function bytesOf(store: Store): Buffer {
  return Buffer.concat(chunksOf(store));
}

/** Gives the bytes to a reader or verifier, in pieces that end at the given places. */
function feed(
  reader: SnapshotReader | SnapshotVerifier,
  bytes: Buffer,
  cuts: readonly number[] = [],
): SnapshotSummary {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    reader.push(bytes.subarray(start, end));
    while (reader.step());
    start = end;
  }
  return reader.finish();
}

function restored(bytes: Buffer, cuts: readonly number[] = []): Store {
  const store = new Store();
  feed(new SnapshotReader(store), bytes, cuts);
  return store;
}

function contents(store: Store): RecordImage[] {
  const view = store.openView();
  const images: RecordImage[] = [];
  for (let image = view.next(); image !== undefined; image = view.next()) images.push(image);
  view.close();
  return images;
}

/** Everything that a command can find out about a store. */
function assertSame(actual: Store, expected: Store): void {
  assert.equal(actual.digest, expected.digest);
  assert.equal(actual.revision, expected.revision);
  assert.equal(actual.bytes, expected.bytes);
  assert.equal(actual.earliestDeadlineMs(), expected.earliestDeadlineMs());
  assert.deepEqual(contents(actual), contents(expected));
  const scan = ['SCAN', '0', 'COUNT', '1000'];
  assert.deepEqual(run(actual, ...scan), run(expected, ...scan));
  for (let revision = 0; revision <= expected.revision; revision += 1) {
    for (const key of KEYS) {
      const asked = [key, revision] as const;
      const answer = expected.mayHaveBeenDeletedSince(...asked);
      assert.equal(actual.mayHaveBeenDeletedSince(...asked), answer, `${key} ${revision}`);
    }
  }
}

const someCuts = fc.array(fc.nat(), { maxLength: 20 });

/** Values that fill chunks, or don't fit in one. */
const someFatSteps: fc.Arbitrary<readonly LogStep[]> = fc.array(
  fc
    .tuple(fc.constantFrom(...KEYS), fc.nat(30), fc.constantFrom(10, 20_000, 70_000, 200_000))
    .map(([key, number, length]) => ({
      kind: 'command' as const,
      name: 'SET',
      ...queued(['SET', `${key}${number}`, '\xfe'.repeat(length)]),
      nowMs: START_MS,
    })),
  { maxLength: 12 },
);

test('a snapshot gives back the store as it was, however it changes meanwhile and however the bytes are split', () => {
  fc.assert(
    fc.property(
      someFatSteps,
      logArbitrary,
      logArbitrary,
      logArbitrary,
      someCuts,
      someSnapshotDraft,
      (fat, before, during, after, cuts, draft) => {
        const original = new Store();
        const twin = new Store();
        for (const step of [...fat, ...before]) {
          perform(original, step);
          perform(twin, step);
        }
        const changes = during[Symbol.iterator]();
        const chunks = chunksOf(original, draft, () => {
          const { value: step } = changes.next();
          if (step !== undefined) perform(original, step);
        });
        const bytes = Buffer.concat(chunks);
        const copy = new Store();
        const reader = new SnapshotReader(copy);
        const summary = feed(reader, bytes, cuts);
        assert.equal(reader.ended, true);
        const { store: storeHeader, ...header } = summary.header;
        assert.deepEqual(header, draft);
        assert.equal(storeHeader.keys, twin.size);
        assert.equal(summary.bytes, bytes.length);
        assert.equal(summary.chunks, chunks.length);
        assertSame(copy, twin);
        assert.deepEqual(Buffer.concat(chunksOf(copy, draft)), bytes);
        for (const step of after) {
          assert.deepEqual(perform(copy, step), perform(twin, step));
          assert.equal(copy.digest, twin.digest);
        }
        assertSame(copy, twin);
      },
    ),
    { numRuns: 150 },
  );
});

test('two snapshots may be under way at once, and all keys may go meanwhile', () => {
  const store = new Store();
  for (let index = 0; index < 3_000; index += 1) run(store, 'SET', `key:${index}`, 'x'.repeat(100));
  const earlier = restored(bytesOf(store));
  const view = store.openView();
  const writer = new SnapshotWriter({ ...DRAFT, store: view.header }, view);
  const chunks: Buffer[] = [];
  while (chunks.length < 2) chunks.push(Buffer.from(writer.next() ?? []));
  for (let index = 0; index < 3_000; index += 2) run(store, 'DEL', `key:${index}`);
  const later = restored(bytesOf(store));
  const inBetween = bytesOf(store);
  run(store, 'FLUSHALL');
  run(store, 'SET', 'key:1', 'new');
  for (let chunk = writer.next(); chunk !== undefined; chunk = writer.next()) chunks.push(Buffer.from(chunk));
  view.close();
  assertSame(restored(Buffer.concat(chunks)), earlier);
  assertSame(restored(inBetween), later);
  assert.equal(later.size, 1_500);
  assertSame(restored(bytesOf(store)), store);
});

test('keys expire in the same order in a restored store', () => {
  const store = new Store();
  for (let index = 0; index < 500; index += 1) {
    run(store, 'SET', `key:${(index * 7919) % 500}`, 'x', 'PX', String(1 + ((index * 31) % 50)));
  }
  run(store, 'SET', 'late', 'x', 'PXAT', '9223372036854775807');
  const copy = restored(bytesOf(store));
  assertSame(copy, store);
  for (let stampMs = START_MS; copy.size > 1; stampMs += 1) {
    assert.equal(copy.expireDue(stampMs, 3), store.expireDue(stampMs, 3));
    assert.equal(copy.digest, store.digest);
  }
});

test('a value that is longer than a chunk has a chunk of its own, which its checksum covers', () => {
  const store = new Store();
  run(store, 'SET', 'a', 'x');
  run(store, 'SET', 'b', '\x00\xff'.repeat(4 * 1024 * 1024));
  run(store, 'SET', 'c', 'y');
  const chunks = chunksOf(store);
  assert.ok(Math.max(...chunks.map((chunk) => chunk.length)) > 8 * 1024 * 1024);
  assertSame(restored(Buffer.concat(chunks), [5, 100_000, 3_000_000]), store);
  const bytes = Buffer.concat(chunks);
  bytes.writeUInt8(1, 5_000_000);
  assert.throws(() => feed(new SnapshotVerifier(), bytes), Corruption);
});

/** Two snapshots of one store at different times, each with many chunks, and most of them alike. */
const [EARLIER, LATER] = ((): [Buffer[], Buffer[]] => {
  const store = new Store();
  for (let index = 0; index < 4_000; index += 1) run(store, 'SET', `key:${index}`, 'x'.repeat(100));
  for (let index = 0; index < 4_000; index += 8) run(store, 'DEL', `key:${index}`);
  const earlier = chunksOf(store);
  run(store, 'SET', 'key:999', 'y'.repeat(100));
  return [earlier, chunksOf(store)];
})();

function saysWhereItIsDamaged(error: unknown): boolean {
  return error instanceof Corruption && /^a snapshot is damaged at byte \d+: /.test(error.message);
}

function assertRefused(bytes: Buffer): void {
  assert.throws(() => feed(new SnapshotVerifier(), bytes), saysWhereItIsDamaged);
  assert.throws(() => feed(new SnapshotReader(new Store()), bytes), saysWhereItIsDamaged);
}

test('a snapshot that stops anywhere is refused', () => {
  const bytes = Buffer.concat(EARLIER);
  assert.ok(EARLIER.length > 8);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (length) => assertRefused(bytes.subarray(0, length))),
    { numRuns: 30 },
  );
  for (let count = 0; count < EARLIER.length; count += 1) {
    assertRefused(Buffer.concat(EARLIER.slice(0, count)));
  }
});

test('a flipped bit anywhere is refused', () => {
  const original = Buffer.concat(EARLIER);
  const inHeads = EARLIER.map((_chunk, index) => Buffer.concat(EARLIER.slice(0, index)).length);
  const somePlace = fc.oneof(
    fc.nat(original.length - 1),
    fc.tuple(fc.constantFrom(...inHeads), fc.nat(8)).map(([start, offset]) => start + offset),
  );
  fc.assert(
    fc.property(somePlace, fc.nat(7), (place, bit) => {
      const bytes = Buffer.from(original);
      bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
      assertRefused(bytes);
    }),
    { numRuns: 100 },
  );
});

test('chunks that are missing, doubled, moved or of another snapshot are refused', () => {
  const originals = [EARLIER, LATER].map((chunks) => Buffer.concat(chunks));
  const someChunk = fc.tuple(fc.constantFrom(EARLIER, LATER), fc.nat(EARLIER.length - 1));
  const someSplice = fc.oneof(
    fc.record({
      at: fc.nat(EARLIER.length - 1),
      gone: fc.nat(2),
      added: fc.array(someChunk, { maxLength: 3 }),
    }),
    fc.record({ at: fc.nat(EARLIER.length - 1), gone: fc.constant(1_000), from: fc.nat(EARLIER.length - 1) }),
  );
  fc.assert(
    fc.property(someSplice, (splice) => {
      const added =
        'from' in splice ? LATER.slice(splice.from) : splice.added.map(([chunks, index]) => chunks[index]);
      const chunks = EARLIER.toSpliced(
        splice.at,
        splice.gone,
        ...added.filter((chunk) => chunk !== undefined),
      );
      const bytes = Buffer.concat(chunks);
      if (!originals.some((original) => original.equals(bytes))) assertRefused(bytes);
    }),
    { numRuns: 200 },
  );
});

test('whatever follows the end is refused', () => {
  assertRefused(Buffer.concat([...EARLIER, Buffer.alloc(1)]));
  assertRefused(Buffer.concat([...EARLIER, ...LATER]));
});

test('a length that no chunk has is refused before anything is gathered for it', () => {
  for (const length of [0, CHUNK_BODY_BYTES_MAX + 1, 0xff_ff_ff_ff]) {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(length);
    const verifier = new SnapshotVerifier();
    verifier.push(head);
    assert.throws(() => verifier.step(), new RegExp(`at byte 0: a chunk of ${length} bytes`));
  }
});

test('a snapshot of another version is refused by its number', () => {
  const view = new Store().openView();
  const header = encodeHeader({ ...DRAFT, store: view.header }, new ChunkBuffer());
  header.writeUInt16LE(SNAPSHOT_VERSION + 1, 17);
  sealChunk(header, 0);
  const verifier = new SnapshotVerifier();
  verifier.push(header);
  assert.throws(() => verifier.step(), /at byte 0: its format has the version 2, this program reads 1/);
});

test('the error says at which byte the damaged chunk begins', () => {
  const bytes = Buffer.concat(EARLIER);
  const start = Buffer.concat(EARLIER.slice(0, 3)).length;
  bytes.writeUInt8(bytes.readUInt8(start + 1_000) ^ 1, start + 1_000);
  assert.throws(
    () => feed(new SnapshotVerifier(), bytes),
    new RegExp(`^Corruption: a snapshot is damaged at byte ${start}: a chunk has a wrong checksum$`),
  );
});

test('SnapshotVerifier tells the header as soon as it has come, and counts at the end', () => {
  const verifier = new SnapshotVerifier();
  verifier.push(EARLIER[0]?.subarray(0, 50) ?? Buffer.alloc(0));
  assert.equal(verifier.step(), false);
  verifier.push(EARLIER[0]?.subarray(50) ?? Buffer.alloc(0));
  assert.equal(verifier.step(), true);
  assert.equal(verifier.header?.applier.applied, 42);
  assert.equal(verifier.ended, false);
  const summary = feed(verifier, Buffer.concat(EARLIER.slice(1)));
  assert.equal(summary.items, 3_500 + 500);
  assert.equal(summary.chunks, EARLIER.length);
});

test('chunks are small, so that whoever drives can rest between them', () => {
  for (const chunk of EARLIER) assert.ok(chunk.length < CHUNK_FIELDS_BYTES + 1_000);
});
