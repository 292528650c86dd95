/**
 * Applies what is chosen to the state machine, in slot order, and answers this replica's own requests
 * among it. What it computes depends on the log alone.
 *
 * Tags: each batch carries the ballot of the leader that first proposed it and its number in that
 * leadership. A leadership opens with its batch 1; from then on a batch of a lower tag is void wherever
 * it turns up (a value accepted by a minority can be found and chosen long after its leader is gone), and
 * so is one of the same tag that is not the next by its number (its predecessor was lost, and replaced).
 * So a door knows: when the first batch of a new leadership is applied, what it had sent under earlier
 * ones either has been applied, all before it too, or never will be (invariant BatchesInOrder).
 */
import assert from 'node:assert/strict';
import { batchChecksum, BatchReader } from '../codec/batch.ts';
import type { ApplierState } from '../codec/snapshot-header.ts';
import { commandByCode } from '../kv/commands.ts';
import type { Context } from '../kv/command.ts';
import type { DigestHistory } from '../kv/digest-history.ts';
import type { SessionLimits } from '../kv/session-limits.ts';
import { Store } from '../kv/store.ts';
import { BALLOT_NONE, type Ballot, compareBallots, type Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import { EXPIRE_KEYS_MAX } from './limits.ts';
import type { Pending } from './requests.ts';

export interface AppliedBatch {
  readonly commands: number;
  /** True when this batch opened a new leadership: see the file's comment. */
  readonly opened: boolean;
}

const NOTHING: AppliedBatch = { commands: 0, opened: false };

export interface ApplierOptions {
  /** Those of every replica unless given: the simulator's are small. */
  readonly sessionLimits?: SessionLimits | undefined;
  /** Hears of the digest at each slot. */
  readonly digests?: DigestHistory | undefined;
}

export class Applier {
  readonly #process: number;
  readonly #takePending: (firstRequest: number) => Pending | undefined;
  readonly #context: Context = { nowMs: 0, random: 0 };
  readonly #digests: DigestHistory | undefined;
  #store: Store;
  #applied: Slot = 0;
  #epoch: Ballot = BALLOT_NONE;
  /** The last batch applied of that leadership. */
  #batchNumber = 0;
  #stampMs = 0;

  /** `takePending` hands over the requests of the segment of this process that begins with that number. */
  constructor(
    process: number,
    takePending: (firstRequest: number) => Pending | undefined,
    { sessionLimits, digests }: ApplierOptions = {},
  ) {
    this.#store = new Store(sessionLimits);
    this.#process = process;
    this.#takePending = takePending;
    this.#digests = digests;
  }

  /** What the log has made so far. `takeOver` puts another one in its place: ask anew each time. */
  get store(): Store {
    return this.#store;
  }

  get applied(): Slot {
    return this.#applied;
  }

  /** The newest leadership that has opened. */
  get epoch(): Ballot {
    return this.#epoch;
  }

  /** The stamp of the newest batch: later ones are never lower. */
  get stampMs(): number {
    return this.#stampMs;
  }

  /** Of a snapshot: to be taken in the turn in which a view of the store is opened. */
  get state(): ApplierState {
    return {
      applied: this.#applied,
      epoch: this.#epoch,
      batchNumber: this.#batchNumber,
      stampMs: this.#stampMs,
    };
  }

  /**
   * Goes on from a snapshot, at a start or in the midst of it all: as if every slot up to the snapshot's had been
   * applied, but nobody is answered. What this process had submitted and is in those slots stays without an answer.
   */
  takeOver(state: ApplierState, store: Store): void {
    assert(state.applied > this.#applied, 'ApplyInOrder: a snapshot is taken over only to go forward');
    this.#store = store;
    this.#applied = state.applied;
    this.#epoch = state.epoch;
    this.#batchNumber = state.batchNumber;
    this.#stampMs = state.stampMs;
  }

  /** Of what is applied, as this replica tells it. */
  get digest(): string {
    const { digest } = this.#store;
    return this.#digests?.told(digest) ?? digest;
  }

  apply(entry: Entry): AppliedBatch {
    assert(entry.slot === this.#applied + 1, 'ApplyInOrder: slots are applied one after the other');
    this.#applied = entry.slot;
    const { value } = entry;
    if (value.kind === 'configuration') this.#store.agreedVersion = value.configuration.version;
    const applied = value.kind === 'commands' ? this.#applyBatch(entry.slot, value.bytes) : NOTHING;
    if (this.#digests !== undefined) this.#store.noteDigest(entry.slot, this.#digests);
    return applied;
  }

  #applyBatch(slot: Slot, bytes: Uint8Array): AppliedBatch {
    const batch = new BatchReader(bytes);
    const { tag, number } = batch.header;
    const order = compareBallots(tag, this.#epoch);
    if (order < 0 || number !== (order === 0 ? this.#batchNumber + 1 : 1)) return NOTHING;
    this.#epoch = tag;
    this.#batchNumber = number;
    this.#stampMs = Math.max(this.#stampMs, batch.header.stampMs);
    this.#store.mixBatch(slot, batchChecksum(bytes));
    if (batch.header.expire) this.#store.expireDue(this.#stampMs, EXPIRE_KEYS_MAX);
    let commands = 0;
    while (batch.nextSegment()) commands += this.#applySegment(slot, batch);
    return { commands, opened: order > 0 };
  }

  #applySegment(slot: Slot, batch: BatchReader): number {
    const pending = batch.process === this.#process ? this.#takePending(batch.firstRequest) : undefined;
    const context = this.#context;
    context.nowMs = this.#stampMs;
    let index = 0;
    while (batch.nextCommand()) {
      // A read in the log keeps its place behind its connection's writes; only its own door wants the answer.
      if (pending !== undefined || commandByCode(batch.code)?.access !== 'read') {
        context.random = chance(slot, index);
        const reply = this.#store.execute(batch.code, batch.args, context);
        pending?.settle(index, reply);
      }
      index += 1;
    }
    return index;
  }
}

/** A number in [0, 1) that is the same on every replica for the same place in the log. */
function chance(slot: Slot, index: number): number {
  const mixed = Math.imul((slot ^ Math.imul(index + 1, 0x9e3779b1)) | 0, 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
}
