/**
 * Not consensus but beside it: how a snapshot comes to a replica that lags behind the log. Whoever is asked for
 * entries that its log no longer holds offers its snapshot instead; the other one asks for it piece by piece, a few
 * pieces at a time, and in any order.
 */
import type { Slot } from '../paxos/ballot.ts';
import type { FrameReader, FrameWriter } from './frame.ts';

/** Instead of entries: there is a snapshot of everything up to `slot`, of `bytes` bytes. */
export interface SnapshotOffer {
  readonly kind: 'snapshotOffer';
  readonly slot: Slot;
  readonly bytes: number;
}

/** Send `length` bytes, from `offset` on, of the snapshot of everything up to exactly `slot`. */
export interface SnapshotFetch {
  readonly kind: 'snapshotFetch';
  readonly slot: Slot;
  readonly offset: number;
  readonly length: number;
}

/** The bytes that were asked for. None at all: the sender does not have that snapshot any more. */
export interface SnapshotPiece {
  readonly kind: 'snapshotChunk';
  readonly slot: Slot;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Where the bytes begin in the frame of a `snapshotChunk`, behind kind, slot and offset: see `writePieceHead`. */
export const PIECE_HEAD_BYTES = 13;

export type SnapshotMessage = SnapshotOffer | SnapshotFetch | SnapshotPiece;

export function isSnapshotMessage(message: { readonly kind: string }): message is SnapshotMessage {
  return ['snapshotOffer', 'snapshotFetch', 'snapshotChunk'].includes(message.kind);
}

export function writeSnapshotMessage(message: SnapshotMessage, writer: FrameWriter): void {
  writer.uint48(message.slot);
  switch (message.kind) {
    case 'snapshotOffer':
      return writer.uint48(message.bytes);
    case 'snapshotFetch':
      writer.uint48(message.offset);
      return writer.uint32(message.length);
    case 'snapshotChunk':
      writer.uint48(message.offset);
      return writer.bytes(message.bytes);
  }
}

export function readSnapshotMessage(kind: SnapshotMessage['kind'], reader: FrameReader): SnapshotMessage {
  const slot = reader.uint48();
  switch (kind) {
    case 'snapshotOffer':
      return { kind, slot, bytes: reader.uint48() };
    case 'snapshotFetch':
      return { kind, slot, offset: reader.uint48(), length: reader.uint32() };
    case 'snapshotChunk':
      return { kind, slot, offset: reader.uint48(), bytes: reader.rest() };
  }
}
