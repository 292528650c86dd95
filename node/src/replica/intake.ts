/**
 * What followers' doors forward to this leader. Each process's requests are taken in order and exactly
 * once within the ballot, so a follower may send a segment again when it hears nothing.
 */
import { checkSegment, segmentHeader } from '../codec/batch.ts';
import type { Forward } from '../codec/message.ts';
import { BALLOT_NONE, type Ballot, sameBallot } from '../paxos/ballot.ts';
import { commandByCode } from '../kv/commands.ts';
import { INTAKE_BYTES_MAX } from './limits.ts';

export class Intake {
  #ballot: Ballot = BALLOT_NONE;
  /** By process: the number of the next request that is taken. */
  readonly #expected = new Map<number, number>();
  #segments: Uint8Array[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** A new leadership begins; whatever waited belonged to another and is not done. */
  begin(ballot: Ballot): void {
    this.#ballot = ballot;
    this.#expected.clear();
    this.#segments = [];
    this.#bytes = 0;
  }

  /**
   * Takes the segment, or drops it: of another ballot, taken already, out of order, or too much. Throws
   * `Corruption` when it is not what a door of ours writes.
   */
  offer(forward: Forward): void {
    if (!sameBallot(forward.ballot, this.#ballot)) return;
    // Once it is in the log every replica must execute it: what none of them can is refused here.
    checkSegment(forward.segment, isKnownCommand);
    const { process, first, count } = segmentHeader(forward.segment);
    // A follower that has taken over a snapshot gives up what it had sent before: see `Requests.forgetSubmitted`.
    const expected = Math.max(this.#expected.get(process) ?? 0, forward.firstOfBallot);
    if (first !== expected || this.#bytes + forward.segment.length > INTAKE_BYTES_MAX) return;
    this.#expected.set(process, first + count);
    this.#segments.push(forward.segment);
    this.#bytes += forward.segment.length;
  }

  /** Removes and returns what goes into the next batch: up to `bytesMax`, at least one segment. */
  take(bytesMax: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let bytes = 0;
    for (const segment of this.#segments) {
      if (taken.length > 0 && bytes + segment.length > bytesMax) break;
      taken.push(segment);
      bytes += segment.length;
    }
    this.#segments = this.#segments.slice(taken.length);
    this.#bytes -= bytes;
    return taken;
  }
}

function isKnownCommand(code: number): boolean {
  return commandByCode(code) !== undefined;
}
