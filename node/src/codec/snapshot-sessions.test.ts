import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Corruption } from '../errors.ts';
import { Store } from '../kv/store.ts';
import type { SessionImage } from '../kv/sessions.ts';
import { CHUNK_HEADER_BYTES, ChunkBuffer } from './snapshot-chunk.ts';
import type { SnapshotHeader } from './snapshot-header.ts';
import { readSessions, SessionsWriter } from './snapshot-sessions.ts';

const HEADER = {} as SnapshotHeader;

const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString('latin1'));

const sessions: fc.Arbitrary<SessionImage[]> = fc
  .array(
    fc.record({
      sequence: fc.maxSafeNat(),
      fingerprint: bytes(16),
      reply: fc.option(fc.oneof(bytes(20), fc.constant('x'.repeat(50_000))), { nil: undefined }),
    }),
    { maxLength: 10 },
  )
  .map((list) => list.map((each, index) => ({ id: index.toString(16).padStart(16, '0'), ...each })));

/** The fields of each chunk. */
function write(images: readonly SessionImage[]): Buffer[] {
  const writer = new SessionsWriter(images);
  const buffer = new ChunkBuffer();
  const chunks: Buffer[] = [];
  for (let chunk = writer.next(buffer); chunk !== undefined; chunk = writer.next(buffer)) {
    chunks.push(Buffer.from(chunk.subarray(CHUNK_HEADER_BYTES)));
  }
  return chunks;
}

test('sessions come back from their chunks as they were, in their order', () => {
  fc.assert(
    fc.property(sessions, (images) => {
      const store = new Store();
      for (const fields of write(images)) readSessions(fields, HEADER, store);
      assert.deepEqual(store.sessions.image(), images);
    }),
    { numRuns: 50 },
  );
});

test('no sessions take no chunk, many take several', () => {
  assert.equal(write([]).length, 0);
  const session = { sequence: 1, fingerprint: 'f', reply: 'x'.repeat(30_000) };
  const many = Array.from({ length: 10 }, (_, index) => ({ id: `${index}`, ...session }));
  assert.equal(write(many).length, 4);
});

test('a chunk that ends too early, or too late, is corrupt', () => {
  const [fields] = write([{ id: 'a', sequence: 3, fingerprint: 'f', reply: 'r' }]);
  assert(fields !== undefined);
  for (let length = 4; length < fields.length; length += 1) {
    assert.throws(() => readSessions(fields.subarray(0, length), HEADER, new Store()), Corruption);
  }
  assert.throws(() => readSessions(Buffer.concat([fields, fields]), HEADER, new Store()), Corruption);
  fields.writeDoubleLE(1.5, 4);
  assert.throws(() => readSessions(fields, HEADER, new Store()), /session 0 of a chunk counts 1\.5/);
});
