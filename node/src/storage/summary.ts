/**
 * What the log says besides its entries, as far as it is written or being written. Every segment begins with it, and so says
 * of it all that earlier ones said: they may go when nothing is left in them but entries that a snapshot holds.
 */
import { encodeRecord, FORMAT_VERSION } from '../codec/record.ts';
import { type Ballot, BALLOT_NONE, compareBallots, type ReplicaId, type Slot } from '../paxos/ballot.ts';
import type { FirmFact } from './gathering.ts';
import type { Recovery } from './recovery.ts';

/** Room for what a new segment begins with: header, batch record, joined, promise, chosen and start. */
export const PREAMBLE_BYTES_MAX = 256;

export class Summary {
  /** The highest slot that the log says is chosen. */
  chosen: Slot;
  readonly #replica: ReplicaId;
  #cluster: string | undefined;
  #promised: Ballot;
  #start: number;

  /** `start`: which one of the replica this is, 0 where starts are not counted. */
  constructor(replica: ReplicaId, start: number, { cluster, promised, chosen }: Recovery) {
    this.#replica = replica;
    this.#cluster = cluster;
    this.#promised = promised;
    this.chosen = chosen;
    this.#start = start;
  }

  /** A fact is being written. */
  note(fact: FirmFact): void {
    if (fact.kind === 'joined') this.#cluster = fact.cluster;
    else if (fact.kind === 'start') this.#start = fact.number;
    else if (fact.kind === 'promise' && compareBallots(fact.ballot, this.#promised) > 0) {
      this.#promised = fact.ballot;
    }
  }

  /** What the segment of this number has in front of its first batch. */
  header(segment: number): Uint8Array {
    return encodeRecord({
      kind: 'header',
      formatVersion: FORMAT_VERSION,
      replica: this.#replica,
      segment,
    });
  }

  /** As far as there is anything to say. */
  records(): Uint8Array[] {
    const records: Uint8Array[] = [];
    if (this.#cluster !== undefined) records.push(encodeRecord({ kind: 'joined', cluster: this.#cluster }));
    if (compareBallots(this.#promised, BALLOT_NONE) > 0) {
      records.push(encodeRecord({ kind: 'promise', ballot: this.#promised }));
    }
    if (this.chosen > 0) records.push(encodeRecord({ kind: 'chosen', slot: this.chosen }));
    return records;
  }

  /** Which start of the replica this is; undefined where starts are not counted. */
  startRecord(): Uint8Array | undefined {
    return this.#start === 0 ? undefined : encodeRecord({ kind: 'start', number: this.#start });
  }
}
