/** A leader takes each forwarded segment exactly once, in the order of its process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { segmentHeader, SegmentWriter } from '../codec/batch.ts';
import type { Forward } from '../codec/message.ts';
import { Corruption } from '../errors.ts';
import { Intake } from './intake.ts';
import { BATCH_BYTES_MAX, INTAKE_BYTES_MAX } from './limits.ts';

const OWN = { round: 3, replica: 1 };

function segment(process: number, first: number, count: number, bytes = 0): Uint8Array {
  const writer = new SegmentWriter(process);
  for (let index = 0; index < count; index += 1) writer.add(1, ['x'.repeat(bytes)]);
  return writer.seal(first);
}

function forward(process: number, first: number, count: number, firstOfBallot = 1): Forward {
  return { kind: 'forward', ballot: OWN, firstOfBallot, segment: segment(process, first, count) };
}

function opened(): Intake {
  const intake = new Intake();
  intake.begin(OWN);
  return intake;
}

function takenFrom(intake: Intake): (readonly [process: number, first: number])[] {
  return intake.take(Number.POSITIVE_INFINITY).map(({ bytes }) => {
    const { process, first } = segmentHeader(bytes);
    return [process, first];
  });
}

test('segments are taken in order and once, however often they are sent', () => {
  const intake = opened();
  intake.offer(forward(7, 1, 2));
  intake.offer(forward(7, 1, 2));
  intake.offer(forward(7, 5, 1));
  intake.offer(forward(7, 3, 2));
  intake.offer(forward(7, 5, 1));
  intake.offer(forward(7, 1, 2));
  assert.deepEqual(takenFrom(intake), [
    [7, 1],
    [7, 3],
    [7, 5],
  ]);
});

test('a process begins with the first request of the ballot that it names', () => {
  const intake = opened();
  intake.offer(forward(7, 12, 1, 10));
  intake.offer(forward(7, 10, 2, 10));
  intake.offer(forward(7, 12, 1, 10));
  intake.offer(forward(8, 1, 1));
  assert.deepEqual(takenFrom(intake), [
    [7, 10],
    [7, 12],
    [8, 1],
  ]);
});

test('what was sent to another leadership is not taken, and what waited for an earlier one is gone', () => {
  const intake = opened();
  intake.offer({ ...forward(7, 1, 1), ballot: { round: 2, replica: 1 } });
  assert.equal(intake.bytes, 0);
  intake.offer(forward(7, 1, 1));
  intake.begin({ round: 4, replica: 1 });
  assert.equal(intake.bytes, 0);
  intake.offer(forward(7, 2, 1));
  assert.deepEqual(takenFrom(intake), []);
  intake.offer({ ...forward(7, 1, 1), ballot: { round: 4, replica: 1 } });
  assert.deepEqual(takenFrom(intake), [[7, 1]]);
});

test('before a leadership begins nothing is taken', () => {
  const intake = new Intake();
  intake.offer(forward(7, 1, 1));
  assert.equal(intake.bytes, 0);
});

test('what no replica could execute is refused before it reaches the log', () => {
  const intake = opened();
  const unknown = new SegmentWriter(7);
  unknown.add(255, []);
  const tooMany = segment(7, 1, 2);
  tooMany[16] = 3;
  const tooFew = segment(7, 1, 2);
  tooFew[16] = 1;
  for (const bytes of [unknown.seal(1), tooMany, tooFew]) {
    const offered = { kind: 'forward', ballot: OWN, firstOfBallot: 1, segment: bytes } as const;
    assert.throws(() => intake.offer(offered), Corruption);
  }
  assert.equal(intake.bytes, 0);
});

test('a batch takes what fits, and at least one segment', () => {
  const intake = opened();
  const sizes = [400_000, 400_000, 400_000];
  let first = 1;
  for (const size of sizes) {
    intake.offer({ kind: 'forward', ballot: OWN, firstOfBallot: 1, segment: segment(7, first, 1, size) });
    first += 1;
  }
  assert.equal(intake.take(BATCH_BYTES_MAX).length, 2);
  assert.equal(intake.take(1).length, 1);
  assert.equal(intake.bytes, 0);
  assert.deepEqual(intake.take(1), []);
});

test('what is too much is dropped and taken when it comes again', () => {
  const intake = opened();
  const large = 16 * 1024 * 1024;
  const offer = (first: number) =>
    intake.offer({
      kind: 'forward',
      ballot: OWN,
      firstOfBallot: 1,
      segment: segment(7, first, 1, large),
    });
  for (let first = 1; first <= 5; first += 1) offer(first);
  assert.ok(intake.bytes <= INTAKE_BYTES_MAX);
  assert.deepEqual(takenFrom(intake), [
    [7, 1],
    [7, 2],
    [7, 3],
  ]);
  offer(4);
  assert.deepEqual(takenFrom(intake), [[7, 4]]);
});

test('whatever is lost, doubled or late on the way, each process is taken without gap or repetition', () => {
  const someSend = fc.tuple(fc.constantFrom(7, 8), fc.integer({ min: 1, max: 12 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(someSend, { maxLength: 80 }), (sends) => {
      const intake = opened();
      const taken = new Map<number, number[]>();
      for (const [process, first, take] of sends) {
        intake.offer(forward(process, first, 1));
        if (!take) continue;
        for (const [from, number] of takenFrom(intake)) taken.set(from, [...(taken.get(from) ?? []), number]);
      }
      for (const numbers of taken.values()) {
        assert.deepEqual(
          numbers,
          numbers.map((_, index) => index + 1),
        );
      }
    }),
  );
});

test('a follower that gives up what it had sent is taken up behind it, and its late segments are dropped', () => {
  const intake = opened();
  intake.offer(forward(7, 1, 2));
  intake.offer(forward(7, 9, 1, 9));
  intake.offer(forward(7, 3, 6));
  intake.offer(forward(7, 10, 1, 9));
  assert.deepEqual(takenFrom(intake), [
    [7, 1],
    [7, 9],
    [7, 10],
  ]);
});
