/**
 * What followers' doors forward to this leader. Each process's requests are taken in order and exactly
 * once within the ballot, so a follower may send a segment again when it hears nothing.
 */
import { checkSegment, segmentHeader } from '../codec/batch.ts';
import type { Forward } from '../codec/message.ts';
import { BALLOT_NONE, type Ballot, sameBallot } from '../paxos/ballot.ts';
import { workExpected } from '../kv/command.ts';
import { commandByCode } from '../kv/commands.ts';
import { INTAKE_BYTES_MAX } from './limits.ts';

/** What one door gathered in one turn. */
export interface Segment {
  readonly bytes: Uint8Array;
  /** See `workExpected`. */
  readonly work: number;
}

export class Intake {
  #ballot: Ballot = BALLOT_NONE;
  /** By process: the number of the next request that is taken. */
  readonly #expected = new Map<number, number>();
  #segments: Segment[] = [];
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
    const work = checkSegment(forward.segment, workOf);
    const { process, first, count } = segmentHeader(forward.segment);
    // A follower that has taken over a snapshot gives up what it had sent before: see `Requests.forgetSubmitted`.
    const expected = Math.max(this.#expected.get(process) ?? 0, forward.firstOfBallot);
    if (first !== expected || this.#bytes + forward.segment.length > INTAKE_BYTES_MAX) return;
    this.#expected.set(process, first + count);
    this.#segments.push({ bytes: forward.segment, work });
    this.#bytes += forward.segment.length;
  }

  /** Removes and returns what goes into the next batch: as much as there is room for, at least one segment. */
  take(bytesMax: number, workMax = Number.POSITIVE_INFINITY): Segment[] {
    let count = 0;
    let bytes = 0;
    let work = 0;
    for (const segment of this.#segments) {
      if (count > 0 && (bytes + segment.bytes.length > bytesMax || work + segment.work > workMax)) break;
      count += 1;
      bytes += segment.bytes.length;
      work += segment.work;
    }
    const taken = this.#segments.slice(0, count);
    this.#segments = this.#segments.slice(count);
    this.#bytes -= bytes;
    return taken;
  }
}

function workOf(code: number, argumentCount: number): number | undefined {
  const command = commandByCode(code);
  return command === undefined ? undefined : workExpected(command, argumentCount);
}
