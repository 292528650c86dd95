/**
 * Messages between replicas, byte by byte. One frame of a link is one message. All integers are
 * little-endian; a ballot is round 6 · replica 6; an entry is its log record (see `record.ts`), whose
 * checksum is checked here before anything is believed.
 *
 *     kind 1  field
 *     1  canvass        ballot
 *     2  canvassReply   ballot · granted 1 · promised ballot
 *     3  prepare        ballot · first 6 · [handed over: ballot]
 *     4  promise        ballot · chosen 6 · part 4 · parts 4 · entries
 *     5  refuse         refused ballot · promised ballot
 *     6  accept         ballot · from 6 · chosen 6 · entries
 *     7  accepted       ballot · mark 6 · gap 1 · clock ms 6
 *     8  heartbeat      ballot · from 6 · chosen 6 · round 6 · [lease ms 4]
 *     9  heartbeatReply ballot · round 6 · mark 6 · clock ms 6 · [lease granted 1]
 *     10 indexRequest   id 6
 *     11 indexReply     id 6 · index 6
 *     12 fetch          from 6
 *     13 chosen         entries
 *     14 forward        ballot · first request of the ballot 6 · segment (see `batch.ts`)
 *     15 snapshotOffer  slot 6 · bytes 6
 *     16 snapshotFetch  slot 6 · offset 6 · length 4
 *     17 snapshotChunk  slot 6 · offset 6 · bytes
 *     18 campaignNow    ballot
 *     19 full
 */
import { Corruption } from '../errors.ts';
import { type Ballot, BALLOT_NONE, compareBallots, type Slot } from '../paxos/ballot.ts';
import type {
  Accept,
  Accepted,
  Canvass,
  CanvassReply,
  Heartbeat,
  HeartbeatReply,
  Message,
  Prepare,
  PromiseMessage,
  Refuse,
} from '../paxos/message.ts';
import { segmentHeader } from './batch.ts';
import { writeUint48 } from './bytes.ts';
import { BALLOT_BYTES, FrameReader, FrameWriter } from './frame.ts';
import { checkMessage } from './message-check.ts';
import { entryRecord } from './record.ts';
import { readSnapshotMessage, type SnapshotMessage, writeSnapshotMessage } from './snapshot-message.ts';

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

/** There is no space for a further segment of the sender's log: what it has left should not be used up by what grows. */
export interface Full {
  readonly kind: 'full';
}

export type PeerMessage = Message | Forward | SnapshotMessage | Full;

const KINDS: readonly Kind[] = [
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
  'snapshotOffer',
  'snapshotFetch',
  'snapshotChunk',
  'campaignNow',
  'full',
];

/** Phase 1 and what comes before it. */
type Election = Canvass | CanvassReply | Prepare | PromiseMessage | Refuse;
/** Phase 2 and the heartbeats of its leader. */
type Leading = Accept | Accepted | Heartbeat | HeartbeatReply;
type Kind = PeerMessage['kind'];

export function encodeMessage(message: PeerMessage): Uint8Array {
  const writer = new FrameWriter(sizeOf(message));
  writer.byte(KINDS.indexOf(message.kind) + 1);
  writeMessage(message, writer);
  return writer.finish();
}

/**
 * Makes a frame of a `snapshotChunk` out of memory that holds its bytes already, from `PIECE_HEAD_BYTES` on: so they can be read
 * from a file to where they leave from.
 */
export function writePieceHead(frame: Uint8Array, slot: Slot, offset: number): void {
  frame[0] = KINDS.indexOf('snapshotChunk') + 1;
  writeUint48(frame, 1, slot);
  writeUint48(frame, 7, offset);
}

/** Throws `Corruption` when the frame is not exactly one intact message. Entries are views of the frame. */
export function decodeMessage(frame: Uint8Array): PeerMessage {
  const reader = new FrameReader(frame);
  const message = readMessage(KINDS[reader.byte() - 1], reader);
  reader.requireEnd();
  checkMessage(message);
  return message;
}

function writeMessage(message: PeerMessage, writer: FrameWriter): void {
  switch (message.kind) {
    case 'canvass':
    case 'canvassReply':
    case 'prepare':
    case 'promise':
    case 'refuse':
      return writeElection(message, writer);
    case 'accept':
    case 'accepted':
    case 'heartbeat':
    case 'heartbeatReply':
      return writeLeading(message, writer);
    case 'indexRequest':
      return writer.uint48(message.id);
    case 'indexReply':
      writer.uint48(message.id);
      return writer.uint48(message.index);
    case 'fetch':
      return writer.uint48(message.from);
    case 'chosen':
      return writer.entries(message.entries);
    case 'forward':
      writer.ballot(message.ballot);
      writer.uint48(message.firstOfBallot);
      return writer.bytes(message.segment);
    case 'snapshotOffer':
    case 'snapshotFetch':
    case 'snapshotChunk':
      return writeSnapshotMessage(message, writer);
    case 'campaignNow':
      return writer.ballot(message.ballot);
    case 'full':
      return;
  }
}

function writeElection(message: Election, writer: FrameWriter): void {
  writer.ballot(message.kind === 'refuse' ? message.refused : message.ballot);
  switch (message.kind) {
    case 'canvass':
      return;
    case 'canvassReply':
      writer.byte(message.granted ? 1 : 0);
      return writer.ballot(message.promised);
    case 'prepare':
      writer.uint48(message.first);
      if (compareBallots(message.handedOver, BALLOT_NONE) > 0) writer.ballot(message.handedOver);
      return;
    case 'promise':
      writer.uint48(message.chosen);
      writer.uint32(message.part);
      writer.uint32(message.parts);
      return writer.entries(message.entries);
    case 'refuse':
      return writer.ballot(message.promised);
  }
}

function writeLeading(message: Leading, writer: FrameWriter): void {
  writer.ballot(message.ballot);
  switch (message.kind) {
    case 'accept':
      writer.uint48(message.from);
      writer.uint48(message.chosen);
      return writer.entries(message.entries);
    case 'accepted':
      writer.uint48(message.mark);
      writer.byte(message.gap ? 1 : 0);
      return writer.uint48(message.clockMs);
    case 'heartbeat':
      writer.uint48(message.from);
      writer.uint48(message.chosen);
      writer.uint48(message.round);
      if (message.leaseMs > 0) writer.uint32(message.leaseMs);
      return;
    case 'heartbeatReply':
      writer.uint48(message.round);
      writer.uint48(message.mark);
      writer.uint48(message.clockMs);
      if (message.leaseGranted) writer.byte(1);
      return;
  }
}

function readMessage(kind: Kind | undefined, reader: FrameReader): PeerMessage {
  switch (kind) {
    case 'canvass':
    case 'canvassReply':
    case 'prepare':
    case 'promise':
    case 'refuse':
      return readElection(kind, reader.ballot(), reader);
    case 'accept':
    case 'accepted':
    case 'heartbeat':
    case 'heartbeatReply':
      return readLeading(kind, reader.ballot(), reader);
    case 'indexRequest':
      return { kind, id: reader.uint48() };
    case 'indexReply':
      return { kind, id: reader.uint48(), index: reader.uint48() };
    case 'fetch':
      return { kind, from: reader.uint48() };
    case 'chosen':
      return { kind, entries: reader.entries() };
    case 'forward':
      return readForward(reader);
    case 'snapshotOffer':
    case 'snapshotFetch':
    case 'snapshotChunk':
      return readSnapshotMessage(kind, reader);
    case 'campaignNow':
      return { kind, ballot: reader.ballot() };
    case 'full':
      return { kind };
    case undefined:
      throw new Corruption('a frame has an unknown message kind');
  }
}

function readElection(kind: Election['kind'], ballot: Ballot, reader: FrameReader): Election {
  switch (kind) {
    case 'canvass':
      return { kind, ballot };
    case 'canvassReply':
      return { kind, ballot, granted: reader.byte() === 1, promised: reader.ballot() };
    case 'prepare':
      return {
        kind,
        ballot,
        first: reader.uint48(),
        handedOver: reader.isAtEnd ? BALLOT_NONE : reader.ballot(),
      };
    case 'promise':
      return {
        kind,
        ballot,
        chosen: reader.uint48(),
        part: reader.uint32(),
        parts: reader.uint32(),
        entries: reader.entries(),
      };
    case 'refuse':
      return { kind, refused: ballot, promised: reader.ballot() };
  }
}

function readLeading(kind: Leading['kind'], ballot: Ballot, reader: FrameReader): Leading {
  switch (kind) {
    case 'accept':
      return {
        kind,
        ballot,
        from: reader.uint48(),
        chosen: reader.uint48(),
        entries: reader.entries(),
      };
    case 'accepted':
      return {
        kind,
        ballot,
        mark: reader.uint48(),
        gap: reader.byte() === 1,
        clockMs: reader.uint48(),
      };
    case 'heartbeat':
      return {
        kind,
        ballot,
        from: reader.uint48(),
        chosen: reader.uint48(),
        round: reader.uint48(),
        leaseMs: reader.isAtEnd ? 0 : reader.uint32(),
      };
    case 'heartbeatReply':
      return {
        kind,
        ballot,
        round: reader.uint48(),
        mark: reader.uint48(),
        clockMs: reader.uint48(),
        leaseGranted: !reader.isAtEnd && reader.byte() === 1,
      };
  }
}

function readForward(reader: FrameReader): Forward {
  const ballot = reader.ballot();
  const firstOfBallot = reader.uint48();
  const segment = reader.rest();
  // Whoever takes the segment reads its header: it is checked here, where a bad frame is dropped.
  segmentHeader(segment);
  return { kind: 'forward', ballot, firstOfBallot, segment };
}

/** Upper bound of the encoded size; exact for everything that carries entries. */
function sizeOf(message: PeerMessage): number {
  const fixedBytes = 1 + 2 * BALLOT_BYTES + 24;
  if (message.kind === 'forward') return fixedBytes + message.segment.length;
  if (message.kind === 'snapshotChunk') return fixedBytes + message.bytes.length;
  if (!('entries' in message)) return fixedBytes;
  let bytes = fixedBytes;
  for (const entry of message.entries) bytes += entryRecord(entry).length;
  return bytes;
}
