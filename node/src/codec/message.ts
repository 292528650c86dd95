/**
 * Messages between replicas, byte by byte. One frame of a link is one message. All integers are
 * little-endian; a ballot is round 6 · replica 6; an entry is its log record (see `record.ts`), whose
 * checksum is checked here before anything is believed.
 *
 *     kind 1  field
 *     1  canvass        ballot
 *     2  canvassReply   ballot · granted 1 · promised ballot
 *     3  prepare        ballot · first 6
 *     4  promise        ballot · chosen 6 · part 4 · parts 4 · entries
 *     5  refuse         refused ballot · promised ballot
 *     6  accept         ballot · from 6 · chosen 6 · entries
 *     7  accepted       ballot · mark 6 · gap 1 · clock ms 6
 *     8  heartbeat      ballot · from 6 · chosen 6 · round 6
 *     9  heartbeatReply ballot · round 6 · mark 6 · clock ms 6
 *     10 indexRequest   id 6
 *     11 indexReply     id 6 · index 6
 *     12 fetch          from 6
 *     13 chosen         entries
 *     14 forward        ballot · first request of the ballot 6 · segment (see `batch.ts`)
 */
import { Corruption } from '../errors.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import type { Message } from '../paxos/message.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from './bytes.ts';
import { bodyLength, decodeRecord, entryRecord, isIntact, recordBytes } from './record.ts';

/**
 * Not consensus but beside it: a follower's door hands commands to the leader of `ballot`. Requests of
 * one process are taken exactly once and in order within a ballot, counted from `firstOfBallot`.
 */
export interface Forward {
  readonly kind: 'forward';
  readonly ballot: Ballot;
  readonly firstOfBallot: number;
  readonly segment: Uint8Array;
}

export type PeerMessage = Message | Forward;

const KINDS = [
  'canvass',
  'canvassReply',
  'prepare',
  'promise',
  'refuse',
  'accept',
  'accepted',
  'heartbeat',
  'heartbeatReply',
  'indexRequest',
  'indexReply',
  'fetch',
  'chosen',
  'forward',
] as const;

const BALLOT_BYTES = 12;

export function encodeMessage(message: PeerMessage): Uint8Array {
  const writer = new Writer(sizeOf(message));
  writer.byte(KINDS.indexOf(message.kind) + 1);
  switch (message.kind) {
    case 'canvass':
      writer.ballot(message.ballot);
      break;
    case 'canvassReply':
      writer.ballot(message.ballot);
      writer.byte(message.granted ? 1 : 0);
      writer.ballot(message.promised);
      break;
    case 'prepare':
      writer.ballot(message.ballot);
      writer.uint48(message.first);
      break;
    case 'promise':
      writer.ballot(message.ballot);
      writer.uint48(message.chosen);
      writer.uint32(message.part);
      writer.uint32(message.parts);
      writer.entries(message.entries);
      break;
    case 'refuse':
      writer.ballot(message.refused);
      writer.ballot(message.promised);
      break;
    case 'accept':
      writer.ballot(message.ballot);
      writer.uint48(message.from);
      writer.uint48(message.chosen);
      writer.entries(message.entries);
      break;
    case 'accepted':
      writer.ballot(message.ballot);
      writer.uint48(message.mark);
      writer.byte(message.gap ? 1 : 0);
      writer.uint48(message.clockMs);
      break;
    case 'heartbeat':
      writer.ballot(message.ballot);
      writer.uint48(message.from);
      writer.uint48(message.chosen);
      writer.uint48(message.round);
      break;
    case 'heartbeatReply':
      writer.ballot(message.ballot);
      writer.uint48(message.round);
      writer.uint48(message.mark);
      writer.uint48(message.clockMs);
      break;
    case 'indexRequest':
      writer.uint48(message.id);
      break;
    case 'indexReply':
      writer.uint48(message.id);
      writer.uint48(message.index);
      break;
    case 'fetch':
      writer.uint48(message.from);
      break;
    case 'chosen':
      writer.entries(message.entries);
      break;
    case 'forward':
      writer.ballot(message.ballot);
      writer.uint48(message.firstOfBallot);
      writer.bytes(message.segment);
      break;
  }
  return writer.finish();
}

/** Throws `Corruption` when the frame is not exactly one intact message. Entries are views of the frame. */
export function decodeMessage(frame: Uint8Array): PeerMessage {
  const reader = new Reader(frame);
  const kind = KINDS[reader.byte() - 1];
  const message = readMessage(kind, reader);
  reader.requireEnd();
  return message;
}

function readMessage(kind: (typeof KINDS)[number] | undefined, reader: Reader): PeerMessage {
  switch (kind) {
    case 'canvass':
      return { kind, ballot: reader.ballot() };
    case 'canvassReply':
      return { kind, ballot: reader.ballot(), granted: reader.byte() === 1, promised: reader.ballot() };
    case 'prepare':
      return { kind, ballot: reader.ballot(), first: reader.uint48() };
    case 'promise':
      return {
        kind,
        ballot: reader.ballot(),
        chosen: reader.uint48(),
        part: reader.uint32(),
        parts: reader.uint32(),
        entries: reader.entries(),
      };
    case 'refuse':
      return { kind, refused: reader.ballot(), promised: reader.ballot() };
    case 'accept':
      return {
        kind,
        ballot: reader.ballot(),
        from: reader.uint48(),
        chosen: reader.uint48(),
        entries: reader.entries(),
      };
    case 'accepted':
      return {
        kind,
        ballot: reader.ballot(),
        mark: reader.uint48(),
        gap: reader.byte() === 1,
        clockMs: reader.uint48(),
      };
    case 'heartbeat':
      return {
        kind,
        ballot: reader.ballot(),
        from: reader.uint48(),
        chosen: reader.uint48(),
        round: reader.uint48(),
      };
    case 'heartbeatReply':
      return {
        kind,
        ballot: reader.ballot(),
        round: reader.uint48(),
        mark: reader.uint48(),
        clockMs: reader.uint48(),
      };
    case 'indexRequest':
      return { kind, id: reader.uint48() };
    case 'indexReply':
      return { kind, id: reader.uint48(), index: reader.uint48() };
    case 'fetch':
      return { kind, from: reader.uint48() };
    case 'chosen':
      return { kind, entries: reader.entries() };
    case 'forward':
      return {
        kind,
        ballot: reader.ballot(),
        firstOfBallot: reader.uint48(),
        segment: reader.rest(),
      };
    case undefined:
      throw new Corruption('a frame has an unknown message kind');
  }
}

/** Upper bound of the encoded size; exact for everything that carries entries. */
function sizeOf(message: PeerMessage): number {
  const fixedBytes = 1 + 2 * BALLOT_BYTES + 24;
  if (message.kind === 'forward') return fixedBytes + message.segment.length;
  if (!('entries' in message)) return fixedBytes;
  let bytes = fixedBytes;
  for (const entry of message.entries) bytes += entryRecord(entry).length;
  return bytes;
}

class Writer {
  readonly #target: Buffer;
  #offset = 0;

  constructor(bytesMax: number) {
    this.#target = Buffer.allocUnsafeSlow(bytesMax);
  }

  byte(value: number): void {
    this.#target[this.#offset] = value;
    this.#offset += 1;
  }

  uint32(value: number): void {
    writeUint32(this.#target, this.#offset, value);
    this.#offset += 4;
  }

  uint48(value: number): void {
    writeUint48(this.#target, this.#offset, value);
    this.#offset += 6;
  }

  ballot(ballot: Ballot): void {
    this.uint48(ballot.round);
    this.uint48(ballot.replica);
  }

  bytes(source: Uint8Array): void {
    this.#target.set(source, this.#offset);
    this.#offset += source.length;
  }

  entries(entries: readonly Entry[]): void {
    for (const entry of entries) this.bytes(entryRecord(entry));
  }

  finish(): Uint8Array {
    return this.#target.subarray(0, this.#offset);
  }
}

class Reader {
  readonly #source: Uint8Array;
  #offset = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  byte(): number {
    return this.#source[this.#take(1)] ?? 0;
  }

  uint32(): number {
    return readUint32(this.#source, this.#take(4));
  }

  uint48(): number {
    return readUint48(this.#source, this.#take(6));
  }

  ballot(): Ballot {
    return { round: this.uint48(), replica: this.uint48() };
  }

  rest(): Uint8Array {
    const start = this.#offset;
    this.#offset = this.#source.length;
    return this.#source.subarray(start);
  }

  entries(): Entry[] {
    const entries: Entry[] = [];
    while (this.#offset < this.#source.length) {
      if (!isIntact(this.#source, this.#offset)) throw new Corruption('a frame holds a damaged record');
      const bytes = recordBytes(bodyLength(this.#source, this.#offset));
      const record = decodeRecord(this.#source, this.#take(bytes));
      if (record.kind !== 'entry') throw new Corruption(`a frame holds a ${record.kind} record`);
      entries.push(record.entry);
    }
    return entries;
  }

  requireEnd(): void {
    if (this.#offset !== this.#source.length) throw new Corruption('a frame is longer than its message');
  }

  #take(bytes: number): number {
    const start = this.#offset;
    if (start + bytes > this.#source.length) throw new Corruption('a frame ends within its message');
    this.#offset = start + bytes;
    return start;
  }
}
