/**
 * What a leader has the cluster agree on about growth: its quota, and that its own disk is full. It travels as a segment
 * of nobody, in front of a batch, so that everything behind it is judged by it, wherever it came from.
 */
import { SegmentWriter } from '../codec/batch.ts';
import { encodeGrowth, type GrowthBounds } from '../kv/growth.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { keyOfOnce } from '../kv/once.ts';
import type { ErrorReply } from '../kv/reply.ts';
import type { Store } from '../kv/store.ts';
import { versionNeeded } from '../kv/version-needed.ts';
import type { Slot } from '../paxos/ballot.ts';
import { Failure } from './door.ts';

/** Replicas of an older release don't know how to apply it. */
export const GROWTH_VERSION = versionNeeded(INTERNAL.growth, []);

/** No process has this number: nobody waits for an answer. */
const NOBODY = 0;

export class GrowthProposals {
  readonly #quotaBytes: number | undefined;
  /** Where it was proposed last in this leadership. */
  #slot: Slot = 0;

  /** `quotaBytes`: 0 is no quota, undefined leaves what was agreed on. */
  constructor(quotaBytes: number | undefined) {
    this.#quotaBytes = quotaBytes;
  }

  /** A new leadership begins. */
  begin(): void {
    this.#slot = 0;
  }

  /** Whether something else should be agreed on, and is not on its way. */
  isDue(applied: Slot, present: GrowthBounds, diskFull: boolean): boolean {
    const wanted = this.#wanted(present, diskFull);
    const isSame = wanted.quotaBytes === present.quotaBytes && wanted.diskFull === present.diskFull;
    return !isSame && applied >= this.#slot;
  }

  /** The segment that goes into the batch of `slot`. */
  segment(slot: Slot, present: GrowthBounds, diskFull: boolean): Uint8Array {
    this.#slot = slot;
    const writer = new SegmentWriter(NOBODY);
    writer.add(INTERNAL.growth, encodeGrowth(this.#wanted(present, diskFull)));
    return writer.seal(0);
  }

  #wanted(present: GrowthBounds, diskFull: boolean): GrowthBounds {
    return { quotaBytes: this.#quotaBytes ?? present.quotaBytes, diskFull };
  }
}

/**
 * What will be refused when it is applied is refused before it takes room in the log, where that is certain. Over a
 * quota only the leader may know: what others see may be older, and what was deleted meanwhile was acknowledged. And
 * it may know only while nothing waits at this door that could make room: no write overtakes that. Of a request in a session
 * only the log knows whether it was done before.
 */
export function growthRefusal(
  store: Store,
  mayKnow: boolean,
  code: number,
  args: readonly string[],
): ErrorReply | Failure | undefined {
  const { diskFull } = store.growth;
  if (!diskFull && !mayKnow) return undefined;
  const refusal = store.refuseGrowth(code, args);
  if (refusal === undefined || code !== INTERNAL.once) return refusal;
  return diskFull && isNewInSession(store, args)
    ? new Failure('notDone', "the leader's disk is full")
    : undefined;
}

/**
 * As far as it is known here. An earlier attempt may be about to be applied, and would be answered again by the log alone: so
 * nobody is told that the request was not done, only that this attempt never will be, and may be repeated.
 */
function isNewInSession(store: Store, args: readonly string[]): boolean {
  const { session, sequence } = keyOfOnce(args);
  const present = store.sessions.peek(session);
  return present !== undefined && present.sequence < sequence;
}
