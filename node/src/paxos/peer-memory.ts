/**
 * What a replica remembers of the others: enough to see that a disk went back in time (a restored volume, a copied
 * directory), and that two processes run under one id. A disk is a voter, and one that has forgotten what it told must
 * never vote again.
 *
 * What is remembered is only what was told from a disk: promises, and that everything up to a slot is held. It is kept in
 * memory, of what was told to this very replica. So nobody sees it when all who were told have been started again
 * since, when only a leader was told that is gone, or when the disk was copied after the last thing it told; see
 * `docs/decisions/0027-who-remembers-whom.md`.
 */
import { type Ballot, ballotText, compareBallots, type ReplicaId, replicaText, type Slot } from './ballot.ts';
import type { Message } from './message.ts';

/** What a replica's disk held when its process started. It is said in every hello, the same for the whole life. */
export interface Standing {
  /** Drawn when the process started. */
  readonly process: string;
  /** Counts the starts of this replica, on its disk. */
  readonly start: number;
  readonly promised: Ballot;
  /** Every slot up to here was on the disk, in some ballot, or known to be chosen. */
  readonly held: Slot;
}

/** Why the process that sent a hello must not go on, as a sentence addressed to it. */
export interface Objection {
  readonly kind: 'forgot' | 'superseded';
  readonly reason: string;
}

interface Remembered {
  process: string;
  start: number;
  promised: Ballot;
  held: Slot;
}

export class PeerMemory {
  readonly #peers = new Map<ReplicaId, Remembered>();

  /** A hello has come. It is remembered, unless there is something against it. */
  judge(peer: ReplicaId, standing: Standing): Objection | undefined {
    const known = this.#peers.get(peer);
    if (known === undefined) {
      this.#peers.set(peer, { ...standing });
      return undefined;
    }
    if (known.process === standing.process) return undefined;
    const name = replicaText(peer);
    if (!isNewer(standing, known)) {
      const reason = `this is start ${standing.start} of ${name}, and start ${known.start} was heard of: another process has its id, or its disk went back in time`;
      return { kind: 'superseded', reason };
    }
    const lost = whatIsLost(standing, known);
    if (lost !== undefined) {
      return { kind: 'forgot', reason: `the disk of ${name} went back in time: ${lost}` };
    }
    this.#peers.set(peer, { ...standing });
    return undefined;
  }

  /** A message of the peer's present process. */
  hear(peer: ReplicaId, message: Message): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    switch (message.kind) {
      case 'promise':
        noteHeld(known, message.entries.at(-1)?.slot ?? message.chosen);
        return notePromise(known, message.ballot);
      case 'accepted':
        // The mark of a heartbeat's answer may count what others hold, and this disk does not yet.
        noteHeld(known, message.mark);
        return notePromise(known, message.ballot);
      case 'prepare':
      case 'accept':
      case 'heartbeat':
      case 'heartbeatReply':
        return notePromise(known, message.ballot);
      case 'refuse':
        return notePromise(known, message.promised);
      default:
    }
  }

  /** True when the disk that stands so has told more than it holds. */
  contradicts(peer: ReplicaId, standing: Pick<Standing, 'promised' | 'held'>): boolean {
    const known = this.#peers.get(peer);
    return known !== undefined && whatIsLost(standing, known) !== undefined;
  }

  /** Ids are never used again: who was removed needs no memory. */
  forget(peers: readonly ReplicaId[]): void {
    for (const peer of peers) this.#peers.delete(peer);
  }
}

/** Two starts with one number are of two copies of one disk: then chance decides, everywhere in the same way. */
function isNewer(standing: Standing, known: Remembered): boolean {
  return standing.start === known.start ? standing.process > known.process : standing.start > known.start;
}

function whatIsLost(standing: Pick<Standing, 'promised' | 'held'>, known: Remembered): string | undefined {
  if (compareBallots(standing.promised, known.promised) < 0) {
    return `it had promised ${ballotText(known.promised)}, and remembers ${ballotText(standing.promised)}`;
  }
  return standing.held < known.held
    ? `it had everything up to slot ${known.held}, and has it up to slot ${standing.held}`
    : undefined;
}

function notePromise(known: Remembered, ballot: Ballot): void {
  if (compareBallots(ballot, known.promised) > 0) known.promised = ballot;
}

function noteHeld(known: Remembered, slot: Slot): void {
  if (slot > known.held) known.held = slot;
}
