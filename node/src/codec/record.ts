/**
 * One record of the log, byte by byte. All integers are little-endian.
 *
 *     offset  bytes  field
 *     0       4      length of the body (kind byte and what follows it, without the padding)
 *     4       4      CRC-32 of the body, begun with the length, so that a changed length is seen too
 *     8       1      kind: 1 header, 2 joined, 3 promise, 4 entry, 5 chosen, 6 batch, 7 trimmed, 8 start, 9 skipped
 *     9       …      fields of the kind, below
 *     …       0–7    zeros up to the next multiple of 8
 *
 *     header   magic 8 bytes "PaxosKV\0" · format version 2 · replica id 6 · segment number 6
 *     joined   cluster id 16
 *     promise  round 6 · replica 6
 *     entry    value kind 1 (0 no-op, 1 commands, 2 configuration) · round 6 · replica 6 · slot 6 · value
 *     chosen   slot 6
 *     start    number 6: how often the replica has been started
 *     batch    sequence 6 · segment number 6 · offset 6 · bytes 6 · zero sectors 4
 *     trimmed  segment number 6 · slot 6
 *     skipped  slot 6
 *
 * A batch record stands before the records that are written with one write and one sync; what its
 * fields are for is told in `storage/segment-scan.ts`.
 *
 * An entry's record is also what travels on a link: the follower writes the bytes that it received.
 */
import { crc32 } from 'node:zlib';
import { Corruption } from '../errors.ts';
import type { Ballot, ReplicaId, Slot } from '../paxos/ballot.ts';
import { type Entry, NOOP, type Value } from '../paxos/entry.ts';
import { readUint16, readUint32, readUint48, writeUint16, writeUint32, writeUint48 } from './bytes.ts';
import { decodeConfiguration, encodeConfiguration } from './configuration.ts';

export const FORMAT_VERSION = 1;
export const RECORD_HEADER_BYTES = 8;
const ENTRY_FIELDS_BYTES = 20;

const KIND_HEADER = 1;
const KIND_JOINED = 2;
const KIND_PROMISE = 3;
const KIND_ENTRY = 4;
const KIND_CHOSEN = 5;
const KIND_BATCH = 6;
const KIND_TRIMMED = 7;
const KIND_START = 8;
const KIND_SKIPPED = 9;

const BATCH_BODY_BYTES = 29;

const VALUE_NOOP = 0;
const VALUE_COMMANDS = 1;
const VALUE_CONFIGURATION = 2;

const MAGIC = Buffer.from('PaxosKV\0', 'latin1');
const EMPTY = new Uint8Array(0);

/** Bytes on disk of a batch record. */
export const BATCH_RECORD_BYTES = recordBytes(BATCH_BODY_BYTES);
/** Bytes on disk of a start record. */
export const START_RECORD_BYTES = recordBytes(7);

/** What one write and one sync made durable together. */
export interface Batch {
  /** Counts the batches of a log from 1, over all its segments. */
  readonly sequence: number;
  /** The number of the segment and the offset in it of this very record: it says where it belongs. */
  readonly segment: number;
  readonly offset: number;
  /** From the start of this record to the end of the batch's last record. */
  readonly bytes: number;
  /** How many of the 512-byte sectors hold nothing but zeros of the batch's own records. */
  readonly zeroSectors: number;
}

/** A record as the log sees it. */
export type LogRecord =
  | {
      readonly kind: 'header';
      readonly formatVersion: number;
      readonly replica: ReplicaId;
      readonly segment: number;
    }
  | { readonly kind: 'joined'; readonly cluster: string }
  | { readonly kind: 'promise'; readonly ballot: Ballot }
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'chosen'; readonly slot: Slot }
  | StartRecord
  | { readonly kind: 'batch'; readonly batch: Batch }
  | Trimmed
  | Skipped;

/**
 * Segments up to `segment` are being removed, or gone: a snapshot is on disk that holds everything up to `slot`,
 * and they say nothing about any slot above it.
 */
export interface Trimmed {
  readonly kind: 'trimmed';
  readonly segment: number;
  readonly slot: Slot;
}

/** The process of this start, the `number`-th that was counted, has begun to write. */
export interface StartRecord {
  readonly kind: 'start';
  readonly number: number;
}

/**
 * A snapshot stands for everything up to `slot`, and did not come from the entries of this log: what was accepted here for these
 * slots before this record need not be what was chosen.
 */
export interface Skipped {
  readonly kind: 'skipped';
  readonly slot: Slot;
}

/** Bytes on disk of a record whose body has `bodyBytes` bytes: header, body, padding. */
export function recordBytes(bodyBytes: number): number {
  return (RECORD_HEADER_BYTES + bodyBytes + 7) & ~7;
}

/** Encodes an entry once and keeps the bytes on it: see `Entry.record`. */
export function entryRecord(entry: Entry): Uint8Array {
  entry.record ??= encodeEntry(entry);
  return entry.record;
}

/** A value as it stands behind the fields of its record, which say of what kind it is. */
export function valueBytes(value: Value): Uint8Array {
  if (value.kind === 'commands') return value.bytes;
  return value.kind === 'configuration' ? encodeConfiguration(value.configuration) : EMPTY;
}

function encodeEntry(entry: Entry): Uint8Array {
  const { value } = entry;
  const payload = valueBytes(value);
  const record = allocate(ENTRY_FIELDS_BYTES + payload.length);
  record[8] = KIND_ENTRY;
  record[9] =
    value.kind === 'commands' ? VALUE_COMMANDS : value.kind === 'noop' ? VALUE_NOOP : VALUE_CONFIGURATION;
  writeUint48(record, 10, entry.ballot.round);
  writeUint48(record, 16, entry.ballot.replica);
  writeUint48(record, 22, entry.slot);
  record.set(payload, RECORD_HEADER_BYTES + ENTRY_FIELDS_BYTES);
  return seal(record, ENTRY_FIELDS_BYTES + payload.length);
}

export function encodeRecord(source: Exclude<LogRecord, { kind: 'entry' }>): Uint8Array {
  switch (source.kind) {
    case 'header': {
      const record = allocate(23);
      record[8] = KIND_HEADER;
      record.set(MAGIC, 9);
      writeUint16(record, 17, source.formatVersion);
      writeUint48(record, 19, source.replica);
      writeUint48(record, 25, source.segment);
      return seal(record, 23);
    }
    case 'joined': {
      const record = allocate(17);
      record[8] = KIND_JOINED;
      record.set(Buffer.from(source.cluster, 'hex'), 9);
      return seal(record, 17);
    }
    case 'promise': {
      const record = allocate(13);
      record[8] = KIND_PROMISE;
      writeUint48(record, 9, source.ballot.round);
      writeUint48(record, 15, source.ballot.replica);
      return seal(record, 13);
    }
    case 'chosen': {
      const record = allocate(7);
      record[8] = KIND_CHOSEN;
      writeUint48(record, 9, source.slot);
      return seal(record, 7);
    }
    case 'start': {
      const record = allocate(7);
      record[8] = KIND_START;
      writeUint48(record, 9, source.number);
      return seal(record, 7);
    }
    case 'skipped': {
      const record = allocate(7);
      record[8] = KIND_SKIPPED;
      writeUint48(record, 9, source.slot);
      return seal(record, 7);
    }
    case 'batch': {
      const record = allocate(BATCH_BODY_BYTES);
      record[8] = KIND_BATCH;
      writeUint48(record, 9, source.batch.sequence);
      writeUint48(record, 15, source.batch.segment);
      writeUint48(record, 21, source.batch.offset);
      writeUint48(record, 27, source.batch.bytes);
      writeUint32(record, 33, source.batch.zeroSectors);
      return seal(record, BATCH_BODY_BYTES);
    }
    case 'trimmed': {
      const record = allocate(13);
      record[8] = KIND_TRIMMED;
      writeUint48(record, 9, source.segment);
      writeUint48(record, 15, source.slot);
      return seal(record, 13);
    }
  }
}

/** Length of the body that the header at `offset` announces; 0 where no record begins (zeros). */
export function bodyLength(source: Uint8Array, offset: number): number {
  return readUint32(source, offset);
}

/** True when a whole record with a matching checksum lies at `offset`. */
export function isIntact(source: Uint8Array, offset: number): boolean {
  if (offset + RECORD_HEADER_BYTES > source.length) return false;
  const length = bodyLength(source, offset);
  if (length === 0 || offset + RECORD_HEADER_BYTES + length > source.length) return false;
  const body = source.subarray(offset + RECORD_HEADER_BYTES, offset + RECORD_HEADER_BYTES + length);
  return crc32(body, length) === readUint32(source, offset + 4);
}

/**
 * Decodes the record at `offset`, whose checksum the caller has checked with `isIntact`. An entry
 * keeps a view of `source` as its `record`, not a copy. Throws `Corruption` on an unknown kind.
 */
export function decodeRecord(source: Uint8Array, offset: number): LogRecord {
  const length = bodyLength(source, offset);
  const kind = source[offset + 8];
  switch (kind) {
    case KIND_HEADER:
      requireLength(length, 23, 'header');
      if (MAGIC.compare(source, offset + 9, offset + 17) !== 0) {
        throw new Corruption('a header record does not begin with "PaxosKV"');
      }
      return {
        kind: 'header',
        formatVersion: readUint16(source, offset + 17),
        replica: readUint48(source, offset + 19),
        segment: readUint48(source, offset + 25),
      };
    case KIND_JOINED:
      requireLength(length, 17, 'joined');
      return {
        kind: 'joined',
        cluster: Buffer.from(source.subarray(offset + 9, offset + 25)).toString('hex'),
      };
    case KIND_PROMISE:
      requireLength(length, 13, 'promise');
      return {
        kind: 'promise',
        ballot: { round: readUint48(source, offset + 9), replica: readUint48(source, offset + 15) },
      };
    case KIND_ENTRY:
      if (length < ENTRY_FIELDS_BYTES) throw new Corruption('an entry record is too short');
      return { kind: 'entry', entry: decodeEntry(source, offset, length) };
    case KIND_CHOSEN:
      requireLength(length, 7, 'chosen');
      return { kind: 'chosen', slot: readUint48(source, offset + 9) };
    case KIND_START:
      requireLength(length, 7, 'start');
      return { kind: 'start', number: readUint48(source, offset + 9) };
    case KIND_SKIPPED:
      requireLength(length, 7, 'skipped');
      return { kind: 'skipped', slot: readUint48(source, offset + 9) };
    case KIND_BATCH:
      requireLength(length, BATCH_BODY_BYTES, 'batch');
      return { kind: 'batch', batch: decodeBatch(source, offset) };
    case KIND_TRIMMED:
      requireLength(length, 13, 'trimmed');
      return {
        kind: 'trimmed',
        segment: readUint48(source, offset + 9),
        slot: readUint48(source, offset + 15),
      };
    default:
      throw new Corruption(`a record has the unknown kind ${kind}`);
  }
}

/** True when a whole batch record with a matching checksum lies at `offset`. Cheap where none does. */
export function isBatchRecord(source: Uint8Array, offset: number): boolean {
  return (
    source[offset + 8] === KIND_BATCH &&
    bodyLength(source, offset) === BATCH_BODY_BYTES &&
    isIntact(source, offset)
  );
}

function decodeBatch(source: Uint8Array, offset: number): Batch {
  return {
    sequence: readUint48(source, offset + 9),
    segment: readUint48(source, offset + 15),
    offset: readUint48(source, offset + 21),
    bytes: readUint48(source, offset + 27),
    zeroSectors: readUint32(source, offset + 33),
  };
}

function decodeEntry(source: Uint8Array, offset: number, length: number): Entry {
  const payload = source.subarray(
    offset + RECORD_HEADER_BYTES + ENTRY_FIELDS_BYTES,
    offset + RECORD_HEADER_BYTES + length,
  );
  return {
    slot: readUint48(source, offset + 22),
    ballot: { round: readUint48(source, offset + 10), replica: readUint48(source, offset + 16) },
    value: decodeValue(source[offset + 9], payload),
    record: source.subarray(offset, offset + recordBytes(length)),
  };
}

function decodeValue(kind: number | undefined, payload: Uint8Array): Value {
  switch (kind) {
    case VALUE_NOOP:
      return NOOP;
    case VALUE_COMMANDS:
      return { kind: 'commands', bytes: payload };
    case VALUE_CONFIGURATION:
      return { kind: 'configuration', configuration: decodeConfiguration(payload) };
    default:
      throw new Corruption(`an entry has the unknown value kind ${kind}`);
  }
}

function allocate(bodyBytes: number): Uint8Array {
  const bytes = recordBytes(bodyBytes);
  const record = Buffer.allocUnsafeSlow(bytes);
  record.fill(0, RECORD_HEADER_BYTES + bodyBytes);
  return record;
}

function seal(record: Uint8Array, bodyBytes: number): Uint8Array {
  writeUint32(record, 0, bodyBytes);
  writeUint32(
    record,
    4,
    crc32(record.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + bodyBytes), bodyBytes),
  );
  return record;
}

function requireLength(actual: number, expected: number, kind: string): void {
  if (actual !== expected)
    throw new Corruption(`a ${kind} record has ${actual} bytes instead of ${expected}`);
}
