/**
 * Messages on their way out. A message to several peers is encoded once; of the cumulative answers that
 * waited for the same write to disk only the last one is sent.
 */
import { encodeMessage, type PeerMessage, writePieceHead } from '../codec/message.ts';
import { PIECE_HEAD_BYTES } from '../codec/snapshot-message.ts';
import type { Links } from '../link/links.ts';
import type { Observer } from '../observe/events.ts';
import { type ReplicaId, sameBallot, type Slot } from '../paxos/ballot.ts';
import type { Envelope } from '../paxos/message.ts';
import { messageText } from './message-text.ts';

/**
 * What goes by the bulk connection. An offer of a snapshot does too: whoever gets it can be sent the pieces, while the bulk
 * connection comes up a little later than the other one.
 */
const BULK: ReadonlySet<PeerMessage['kind']> = new Set(['chosen', 'snapshotChunk', 'snapshotOffer']);

export class Outbox {
  readonly #links: Links;
  readonly #observe: Observer;
  #encoded: PeerMessage | undefined;
  #frame: Uint8Array = new Uint8Array(0);

  constructor(links: Links, observe: Observer) {
    this.#links = links;
    this.#observe = observe;
  }

  /** False when the link is down or its queue full: the message is lost, as any message may be. */
  send(to: ReplicaId, message: PeerMessage): boolean {
    if (message !== this.#encoded) {
      this.#frame = encodeMessage(message);
      this.#encoded = message;
    }
    const frame = this.#frame;
    const sent = BULK.has(message.kind) ? this.#links.sendBulk(to, frame) : this.#links.send(to, frame);
    if (sent)
      this.#observe({ kind: 'sent', peer: to, bytes: frame.length, text: () => messageText(message) });
    return sent;
  }

  /**
   * A piece of a snapshot, from `PIECE_HEAD_BYTES` on in a frame that stays the caller's. False: it is lost, and the frame free;
   * else `sent` says when the frame may be used again.
   */
  sendPiece(to: ReplicaId, frame: Uint8Array, slot: Slot, offset: number, sent: () => void): boolean {
    writePieceHead(frame, slot, offset);
    if (!this.#links.sendBulk(to, frame, sent)) return false;
    const bytes = frame.subarray(PIECE_HEAD_BYTES);
    const text = (): string => messageText({ kind: 'snapshotChunk', slot, offset, bytes });
    this.#observe({ kind: 'sent', peer: to, bytes: frame.length, text });
    return true;
  }
}

/** Leaves out each `accepted` that a later one to the same replica in the same ballot includes. */
export function withoutSuperseded(envelopes: readonly Envelope[]): readonly Envelope[] {
  if (envelopes.length < 3) return envelopes;
  const kept: Envelope[] = [];
  const seen: Envelope[] = [];
  for (let index = envelopes.length - 1; index >= 0; index -= 1) {
    const envelope = envelopes[index];
    if (envelope === undefined) continue;
    if (seen.some((later) => supersedes(later, envelope))) continue;
    if (envelope.message.kind === 'accepted') seen.push(envelope);
    kept.push(envelope);
  }
  return kept.toReversed();
}

function supersedes(later: Envelope, earlier: Envelope): boolean {
  return (
    later.to === earlier.to &&
    later.message.kind === 'accepted' &&
    earlier.message.kind === 'accepted' &&
    sameBallot(later.message.ballot, earlier.message.ballot) &&
    later.message.mark >= earlier.message.mark
  );
}
