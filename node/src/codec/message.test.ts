/** Messages as frames: round trips, and what becomes of frames that are cut, changed or noise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Corruption } from '../errors.ts';
import { BALLOT_NONE } from '../paxos/ballot.ts';
import { someMessage } from './codec.arbitrary.ts';
import { decodeMessage, encodeMessage, type PeerMessage } from './message.ts';
import { encodeRecord, entryRecord } from './record.ts';

/** Without the encoded record that entries carry, and with bytes of one class. */
function plain(message: PeerMessage): unknown {
  if (message.kind === 'forward') return { ...message, segment: Uint8Array.from(message.segment) };
  if (!('entries' in message)) return message;
  const entries = message.entries.map(({ slot, ballot, value }) => ({
    slot,
    ballot,
    value: value.kind === 'commands' ? { ...value, bytes: Uint8Array.from(value.bytes) } : value,
  }));
  return { ...message, entries };
}

/** The message, or undefined when the frame is refused; any other error fails the test. */
function decoded(frame: Uint8Array): PeerMessage | undefined {
  try {
    return decodeMessage(frame);
  } catch (error) {
    assert(error instanceof Corruption, String(error));
    return undefined;
  }
}

/** The values that a message carries: what must never be taken for another. */
function values(message: PeerMessage): Buffer[] {
  if (!('entries' in message)) return [];
  return message.entries.map((entry) => {
    const { slot, ballot, value } = entry;
    return Buffer.from(entryRecord({ slot, ballot, value }));
  });
}

test('every message comes back as it was sent', () => {
  fc.assert(
    fc.property(someMessage, (message) => {
      assert.deepEqual(plain(decodeMessage(encodeMessage(message))), plain(message));
    }),
    { numRuns: 2_000 },
  );
});

test('the entries of a frame go into the log and on to others as the bytes that came', () => {
  fc.assert(
    fc.property(someMessage, (message) => {
      const frame = encodeMessage(message);
      assert.deepEqual(Buffer.from(encodeMessage(decodeMessage(frame))), Buffer.from(frame));
    }),
  );
});

test('a frame that is cut short is refused, or holds fewer whole entries, fewer bytes of a snapshot, or no optional field', () => {
  fc.assert(
    fc.property(someMessage, fc.nat(), (message, at) => {
      const frame = encodeMessage(message);
      const cut = decoded(frame.subarray(0, at % frame.length));
      if (cut === undefined) return;
      assert.equal(cut.kind, message.kind);
      if (cut.kind === 'snapshotChunk' && message.kind === 'snapshotChunk') {
        return assert.ok(cut.bytes.length < message.bytes.length);
      }
      const sent = values(message);
      const received = values(cut);
      // Before a last field that may be left out it is a whole message, of an older version or without that field's say.
      if (received.length === sent.length) return assert.deepEqual(cut, withoutLastField(message));
      assert.ok(received.length < sent.length);
      assert.deepEqual(received, sent.slice(0, received.length));
    }),
    { numRuns: 2_000 },
  );
});

test('a flipped bit never changes a value: the frame is refused, or its entries are as they were', () => {
  fc.assert(
    fc.property(someMessage, fc.nat(), (message, at) => {
      const frame = Buffer.from(encodeMessage(message));
      const bit = at % (frame.length * 8);
      frame[bit >> 3] = (frame[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const changed = decoded(frame);
      // A flipped kind can turn one message with entries into another: all the entries are still intact.
      if (changed === undefined || values(changed).length === 0) return;
      assert.deepEqual(values(changed), values(message));
    }),
    { numRuns: 3_000 },
  );
});

test('noise is refused, and takes no more memory than it has bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 80 }), (kind, noise) => {
      const message = decoded(Buffer.concat([Buffer.from([kind]), noise]));
      if (message !== undefined) assert.equal(values(message).length, 0);
    }),
    { numRuns: 3_000 },
  );
});

test('a frame that is longer than its message is refused', () => {
  const frame = encodeMessage({ kind: 'fetch', from: 3 });
  assert.throws(
    () => decodeMessage(Buffer.concat([frame, Buffer.from([0])])),
    new Corruption('a frame is longer than its message'),
  );
});

test('an empty frame, an unknown kind and a damaged record are refused by name', () => {
  assert.throws(() => decodeMessage(Buffer.alloc(0)), new Corruption('a frame ends within its message'));
  assert.throws(
    () => decodeMessage(Buffer.from([200])),
    new Corruption('a frame has an unknown message kind'),
  );
  assert.throws(
    () => decodeMessage(Buffer.concat([Buffer.from([13]), Buffer.alloc(16)])),
    new Corruption('a frame holds a damaged record'),
  );
  const promise = encodeRecord({ kind: 'promise', ballot: { round: 1, replica: 1 } });
  assert.throws(
    () => decodeMessage(Buffer.concat([Buffer.from([13]), promise])),
    new Corruption('a frame holds a promise record'),
  );
});

test('a forwarded segment whose length is wrong is refused before anybody takes it', () => {
  const ballot = { round: 1, replica: 1 };
  for (const segment of [Buffer.alloc(0), Buffer.alloc(19), Buffer.alloc(40)]) {
    const frame = encodeMessage({ kind: 'forward', ballot, firstOfBallot: 1, segment });
    assert.throws(() => decodeMessage(frame), new Corruption('a segment has another length than it says'));
  }
});

function withoutLastField(message: PeerMessage): PeerMessage | undefined {
  switch (message.kind) {
    case 'prepare':
      return { ...message, handedOver: BALLOT_NONE };
    case 'heartbeat':
      return { ...message, leaseMs: 0 };
    case 'heartbeatReply':
      return { ...message, leaseGranted: false };
    default:
      return undefined;
  }
}
