/**
 * The value that a slot agrees on: a batch of commands, byte by byte. Integers are little-endian.
 *
 *     batch    version 1 (1) · tag: the proposing leader's ballot, round 6 · replica 6 · stamp ms 6 ·
 *              number 6 (1 for the first batch of a leadership, 2 for the next, …) · expire 1 (1: first let keys expire whose deadline the stamp has reached) · segments
 *     segment  length of the commands 4 · process 6 · first request 6 · requests 4 · commands
 *     command  code 1 · arguments 4 · arguments, each length 4 · bytes
 *
 * A segment is what one door gathered in one turn, encoded there, and the same bytes from there on:
 * forwarded, proposed, logged. `process` and the request numbers let that door recognise its own
 * requests when they are applied, whoever was the leader meanwhile. Commands and the stamp are all
 * that the state machine sees, so every replica computes the same.
 */
import { crc32 } from 'node:zlib';
import { Corruption } from '../errors.ts';
import type { Ballot } from '../paxos/ballot.ts';
import { readUint32, readUint48, writeUint32, writeUint48 } from './bytes.ts';

const BATCH_VERSION = 1;
const BATCH_HEADER_BYTES = 26;
export const SEGMENT_HEADER_BYTES = 20;
const INITIAL_BYTES = 64 * 1024;

export interface BatchHeader {
  readonly tag: Ballot;
  readonly stampMs: number;
  /** Counts the batches of one leadership from 1. */
  readonly number: number;
  readonly expire: boolean;
}

/** Gathers the commands of one door. The bytes that `seal` returns are a copy; the buffer is used again. */
export class SegmentWriter {
  readonly #process: number;
  #target = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #offset = SEGMENT_HEADER_BYTES;
  #count = 0;

  constructor(process: number) {
    this.#process = process;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#offset;
  }

  add(code: number, args: readonly string[]): void {
    let needed = 5;
    for (const arg of args) needed += 4 + arg.length;
    if (this.#offset + needed > this.#target.length) this.#grow(needed);
    const target = this.#target;
    let offset = this.#offset;
    target[offset] = code;
    writeUint32(target, offset + 1, args.length);
    offset += 5;
    for (const arg of args) {
      writeUint32(target, offset, arg.length);
      target.latin1Write(arg, offset + 4);
      offset += 4 + arg.length;
    }
    this.#offset = offset;
    this.#count += 1;
  }

  /** Ends the segment whose first request has this number, and begins an empty one. */
  seal(firstRequest: number): Uint8Array {
    const target = this.#target;
    writeUint32(target, 0, this.#offset - SEGMENT_HEADER_BYTES);
    writeUint48(target, 4, this.#process);
    writeUint48(target, 10, firstRequest);
    writeUint32(target, 16, this.#count);
    const segment = Buffer.allocUnsafeSlow(this.#offset);
    target.copy(segment, 0, 0, this.#offset);
    this.#offset = SEGMENT_HEADER_BYTES;
    this.#count = 0;
    if (target.length > INITIAL_BYTES * 16) this.#target = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    return segment;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#target.length * 2, this.#offset + needed));
    this.#target.copy(grown, 0, 0, this.#offset);
    this.#target = grown;
  }
}

/** The header of a segment: whose it is and which requests it holds. Throws `Corruption` when torn. */
export function segmentHeader(segment: Uint8Array): {
  readonly process: number;
  readonly first: number;
  readonly count: number;
} {
  if (
    segment.length < SEGMENT_HEADER_BYTES ||
    readUint32(segment, 0) !== segment.length - SEGMENT_HEADER_BYTES
  ) {
    throw new Corruption('a segment has another length than it says');
  }
  return { process: readUint48(segment, 4), first: readUint48(segment, 10), count: readUint32(segment, 16) };
}

/**
 * Throws `Corruption` unless the segment holds just the commands that its header announces, all of known codes. `weigh`
 * answers for a code and a number of arguments, undefined when there is no such command; returned is the sum.
 */
export function checkSegment(
  segment: Uint8Array,
  weigh: (code: number, argumentCount: number) => number | undefined,
): number {
  const { count } = segmentHeader(segment);
  let offset = SEGMENT_HEADER_BYTES;
  let weight = 0;
  for (let command = 0; command < count; command += 1) {
    if (offset + 5 > segment.length) throw new Corruption('a segment ends within a command');
    const code = segment[offset] ?? 0;
    let args = readUint32(segment, offset + 1);
    const own = weigh(code, args);
    if (own === undefined) throw new Corruption(`a segment holds the unknown command ${code}`);
    weight += own;
    for (offset += 5; args > 0; args -= 1) {
      if (offset + 4 > segment.length) throw new Corruption('a segment ends within an argument');
      offset += 4 + readUint32(segment, offset);
    }
  }
  if (offset !== segment.length) throw new Corruption('a segment is not as long as its commands');
  return weight;
}

export function encodeBatch(header: BatchHeader, segments: readonly Uint8Array[]): Uint8Array {
  let bytes = BATCH_HEADER_BYTES;
  for (const segment of segments) bytes += segment.length;
  const batch = Buffer.allocUnsafeSlow(bytes);
  batch[0] = BATCH_VERSION;
  writeUint48(batch, 1, header.tag.round);
  writeUint48(batch, 7, header.tag.replica);
  writeUint48(batch, 13, header.stampMs);
  writeUint48(batch, 19, header.number);
  batch[25] = header.expire ? 1 : 0;
  let offset = BATCH_HEADER_BYTES;
  for (const segment of segments) {
    batch.set(segment, offset);
    offset += segment.length;
  }
  return batch;
}

/**
 * Walks through a batch: `nextSegment` moves to the next segment, `nextCommand` through its commands,
 * after which `code` and `args` hold the command. Throws `Corruption` on bytes we can't have written.
 */
export class BatchReader {
  readonly header: BatchHeader;
  process = 0;
  firstRequest = 0;
  requests = 0;
  code = 0;
  args: string[] = [];
  readonly #source: Buffer;
  #offset = BATCH_HEADER_BYTES;
  #segmentEnd = BATCH_HEADER_BYTES;

  constructor(bytes: Uint8Array) {
    this.#source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < BATCH_HEADER_BYTES || bytes[0] !== BATCH_VERSION) {
      throw new Corruption(`a batch has version ${bytes[0]}, this replica reads ${BATCH_VERSION}`);
    }
    this.header = {
      tag: { round: readUint48(bytes, 1), replica: readUint48(bytes, 7) },
      stampMs: readUint48(bytes, 13),
      number: readUint48(bytes, 19),
      expire: bytes[25] === 1,
    };
  }

  nextSegment(): boolean {
    this.#offset = this.#segmentEnd;
    if (this.#offset === this.#source.length) return false;
    this.#requireBytes(SEGMENT_HEADER_BYTES, this.#source.length);
    const start = this.#offset;
    this.process = readUint48(this.#source, start + 4);
    this.firstRequest = readUint48(this.#source, start + 10);
    this.requests = readUint32(this.#source, start + 16);
    this.#offset = start + SEGMENT_HEADER_BYTES;
    this.#segmentEnd = this.#offset + readUint32(this.#source, start);
    if (this.#segmentEnd > this.#source.length) throw new Corruption('a segment reaches beyond its batch');
    return true;
  }

  nextCommand(): boolean {
    if (this.#offset === this.#segmentEnd) return false;
    this.#requireBytes(5, this.#segmentEnd);
    const source = this.#source;
    this.code = source[this.#offset] ?? 0;
    const count = readUint32(source, this.#offset + 1);
    this.#offset += 5;
    this.#requireBytes(count * 4, this.#segmentEnd);
    const args: string[] = [];
    for (let index = 0; index < count; index += 1) {
      this.#requireBytes(4, this.#segmentEnd);
      const length = readUint32(source, this.#offset);
      const start = this.#offset + 4;
      this.#offset = start;
      this.#requireBytes(length, this.#segmentEnd);
      args.push(source.latin1Slice(start, start + length));
      this.#offset = start + length;
    }
    this.args = args;
    return true;
  }

  #requireBytes(bytes: number, end: number): void {
    if (this.#offset + bytes > end) throw new Corruption('a batch ends within a command');
  }
}

/** What the rolling digest takes of a batch. */
export function batchChecksum(bytes: Uint8Array): number {
  return crc32(bytes);
}
