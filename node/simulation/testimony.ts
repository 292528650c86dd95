/**
 * What replicas have told one another, held against what they remember after a restart and against
 * what they conclude from it. It hears the frames as they leave, so it sees a promise given too early even
 * if no value is lost by it in this run (safety rules 1 and 6):
 *
 * - PromiseIsKept: nobody votes in a ballot below one that it has promised;
 * - ToldIsKept: a replica that starts remembers every promise, ballot and acceptance that it has told;
 * - LeadsByQuorum: who leads in a ballot has told or been told the promises of a quorum in it;
 * - ChosenByQuorum: when a slot is applied first, a quorum has told that it is accepted in its ballot.
 */
import { decodeMessage } from '../src/codec/message.ts';
import {
  type Ballot,
  BALLOT_NONE,
  ballotText,
  compareBallots,
  type ReplicaId,
  replicaText,
  type Slot,
} from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
import type { ChosenLog } from './chosen-log.ts';
import { isMajority, votersOf } from './configurations.ts';
import { Violation } from './violation.ts';
import { sentKind } from './moment.ts';

/** What an acceptor knows, as far as this checker asks. */
export interface Memory {
  readonly promised: Ballot;
  readonly chosen: Slot;
  readonly window: { get(slot: Slot): Entry | undefined };
}

interface Told {
  promised: Ballot;
  /** By ballot: the highest mark told in it. */
  readonly marks: Map<string, Slot>;
  /** By slot: the ballot in which it has told that it has accepted it, when it was not chosen yet. */
  readonly accepted: Map<Slot, Ballot>;
}

export class Testimony {
  readonly #chosen: ChosenLog;
  readonly #told = new Map<ReplicaId, Told>();
  /** By ballot: who has promised it, as told. */
  readonly #promises = new Map<string, Set<ReplicaId>>();

  constructor(chosen: ChosenLog) {
    this.#chosen = chosen;
  }

  /** A frame of `from` leaves. */
  hear(from: ReplicaId, frame: Uint8Array): void {
    const kind = sentKind(frame);
    if (kind !== 'prepare' && kind !== 'promise' && kind !== 'accepted' && kind !== 'heartbeatReply') return;
    const message = decodeMessage(frame);
    switch (message.kind) {
      case 'prepare':
      case 'promise':
        return this.#notePromise(from, message.ballot);
      case 'accepted':
      case 'heartbeatReply':
        this.#checkPromise(from, message.ballot);
        this.#noteBallot(from, message.ballot);
        return this.#noteMark(from, message.ballot, message.mark);
      default:
        return undefined;
    }
  }

  /** A replica has started, with what its core remembers. */
  checkMemory(id: ReplicaId, memory: Memory): void {
    const { promised, accepted } = this.#toldBy(id);
    if (compareBallots(memory.promised, promised) < 0) {
      throw new Violation(
        `ToldIsKept: ${replicaText(id)} has promised ${ballotText(promised)} and remembers ${ballotText(memory.promised)}`,
      );
    }
    for (const [slot, ballot] of accepted) {
      const entry = memory.window.get(slot);
      if (slot <= memory.chosen) accepted.delete(slot);
      else if (entry === undefined || compareBallots(entry.ballot, ballot) < 0) {
        throw new Violation(
          `ToldIsKept: ${replicaText(id)} has accepted slot ${slot} in ${ballotText(ballot)} and has forgotten it`,
        );
      }
    }
  }

  /** Its disk is another one, or an older one: what was told before no longer binds. */
  forget(id: ReplicaId): void {
    this.#told.delete(id);
  }

  /** The last slot that `id` has told it had accepted, in any ballot. */
  lastAccepted(id: ReplicaId): Slot {
    return Math.max(0, ...this.#toldBy(id).marks.values());
  }

  /**
   * `chosen` is the mark of the new leader. It needs the promises of a quorum of every configuration that rules a slot
   * above it, as far as any was chosen: it must have found those that it did not know of.
   */
  checkLeads(ballot: Ballot, chosen: Slot): void {
    // Its own promise it tells to nobody, when there is nobody else to be asked.
    const promised = new Set(this.#promises.get(ballotText(ballot))).add(ballot.replica);
    for (const configuration of this.#chosen.configurations.from(chosen + 1)) {
      if (isMajority(configuration, promised)) continue;
      const voters = [...votersOf(configuration)].map(replicaText).join(' ');
      const names = [...promised].map(replicaText).join(' ');
      throw new Violation(
        `LeadsByQuorum: ${ballotText(ballot)} leads by the promises of ${names}; voters: ${voters}`,
      );
    }
  }

  /** `entry` is applied for the first time anywhere. */
  checkChosen(entry: Entry): void {
    const { slot } = entry;
    const owner = entry.ballot.replica;
    const ballot = ballotText(entry.ballot);
    const configuration = this.#chosen.configurations.at(slot);
    if (configuration === undefined) throw new Violation(`ChosenByQuorum: nothing rules slot ${slot}`);
    const votes = new Set<ReplicaId>();
    for (const [id, { marks }] of this.#told) {
      if (id !== owner && (marks.get(ballot) ?? 0) >= slot) votes.add(id);
    }
    if (isMajority(configuration, votes)) return;
    // The leader's own vote, which it tells to nobody, was needed, and binds it like any other.
    this.#toldBy(owner).accepted.set(slot, entry.ballot);
    if (isMajority(configuration, votes.add(owner))) return;
    const voters = votersOf(configuration);
    throw new Violation(
      `ChosenByQuorum: slot ${slot} is applied with ${voters.intersection(votes).size} of ${voters.size} votes in ${ballot}`,
    );
  }

  /** In `ballot` it has everything up to `mark`. What is chosen already binds nobody: others have it. */
  #noteMark(id: ReplicaId, ballot: Ballot, mark: Slot): void {
    const told = this.#toldBy(id);
    const known = told.marks.get(ballotText(ballot)) ?? 0;
    if (mark <= known) return;
    told.marks.set(ballotText(ballot), mark);
    for (let slot = Math.max(known, this.#chosen.last) + 1; slot <= mark; slot += 1) {
      told.accepted.set(slot, ballot);
    }
  }

  #checkPromise(id: ReplicaId, ballot: Ballot): void {
    const { promised } = this.#toldBy(id);
    if (compareBallots(ballot, promised) >= 0) return;
    throw new Violation(
      `PromiseIsKept: ${replicaText(id)} speaks in ${ballotText(ballot)} and has promised ${ballotText(promised)}`,
    );
  }

  #noteBallot(id: ReplicaId, ballot: Ballot): void {
    const told = this.#toldBy(id);
    if (compareBallots(ballot, told.promised) > 0) told.promised = ballot;
  }

  #notePromise(id: ReplicaId, ballot: Ballot): void {
    this.#noteBallot(id, ballot);
    const key = ballotText(ballot);
    const promises = this.#promises.get(key) ?? new Set();
    promises.add(id);
    this.#promises.set(key, promises);
  }

  #toldBy(id: ReplicaId): Told {
    let told = this.#told.get(id);
    if (told === undefined) {
      told = { promised: BALLOT_NONE, marks: new Map(), accepted: new Map() };
      this.#told.set(id, told);
    }
    return told;
  }
}
