/**
 * Getting what was missed: a replica that is further behind than its leader's window asks for what
 * was chosen, chunk by chunk; the next chunk is asked for when the last one is on disk, so the
 * slower of disk and link sets the pace.
 */
import type { Acceptor } from './acceptor.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import type { Entry } from './entry.ts';
import type { StepBuilder } from './step.ts';
import type { Timing } from './timing.ts';

export class CatchUp {
  readonly #timing: Timing;
  #source: ReplicaId | undefined;
  /** Fetch at least up to here; the leader's stream brings the rest. */
  #through: Slot = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #askedAsStrangerAtMs = Number.NEGATIVE_INFINITY;
  #leaderChosen: Slot = 0;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** The highest chosen mark that a leader has told. */
  get leaderChosen(): Slot {
    return this.#leaderChosen;
  }

  /** A leader's word: below `from` nothing comes on its stream. */
  onLeader(
    leader: ReplicaId,
    from: Slot,
    chosen: Slot,
    nowMs: number,
    acceptor: Acceptor,
    out: StepBuilder,
  ): void {
    if (chosen > this.#leaderChosen) this.#leaderChosen = chosen;
    if (acceptor.mark + 1 >= from) return;
    this.#through = from - 1;
    const asked = this.#source === leader && nowMs - this.#askedAtMs < this.#timing.repeatMs;
    if (!asked) this.#ask(leader, nowMs, acceptor, out, 'now');
  }

  /** Asks `source` for what follows the chosen mark, unless an answer of it is still awaited. */
  fetch(source: ReplicaId, nowMs: number, acceptor: Acceptor, out: StepBuilder): void {
    this.#through = Math.max(this.#through, acceptor.chosen + 1);
    if (this.#source === source && nowMs - this.#askedAtMs < this.#timing.repeatMs) return;
    this.#ask(source, nowMs, acceptor, out, 'now');
  }

  /** A stranger learns who it is from whoever links to it: the first entry is the configuration. */
  askAsStranger(peers: ReadonlySet<ReplicaId>, nowMs: number, acceptor: Acceptor, out: StepBuilder): void {
    if (nowMs - this.#askedAsStrangerAtMs < this.#timing.repeatMs) return;
    this.#askedAsStrangerAtMs = nowMs;
    for (const peer of peers) out.send(peer, { kind: 'fetch', from: acceptor.chosen + 1 });
  }

  onChosen(entries: readonly Entry[], nowMs: number, acceptor: Acceptor, out: StepBuilder): void {
    const before = acceptor.chosen;
    for (const entry of entries) acceptor.learnChosenEntry(entry, out);
    if (acceptor.chosen === before || this.#source === undefined) return;
    if (acceptor.chosen < this.#through) this.#ask(this.#source, nowMs, acceptor, out, 'afterwards');
    else this.#source = undefined;
  }

  /** What was to be fetched has come as a snapshot, or a part of it: the log goes on from there. */
  onInstalled(nowMs: number, acceptor: Acceptor, out: StepBuilder): void {
    if (this.#source === undefined) return;
    if (acceptor.chosen < this.#through) this.#ask(this.#source, nowMs, acceptor, out, 'now');
    else this.#source = undefined;
  }

  onTick(nowMs: number, acceptor: Acceptor, out: StepBuilder): void {
    if (this.#source === undefined || nowMs - this.#askedAtMs < this.#timing.repeatMs) return;
    if (acceptor.chosen >= this.#through) this.#source = undefined;
    else this.#ask(this.#source, nowMs, acceptor, out, 'now');
  }

  #ask(
    source: ReplicaId,
    nowMs: number,
    acceptor: Acceptor,
    out: StepBuilder,
    when: 'now' | 'afterwards',
  ): void {
    this.#source = source;
    this.#askedAtMs = nowMs;
    const message = { kind: 'fetch', from: acceptor.chosen + 1 } as const;
    if (when === 'now') out.send(source, message);
    else out.sendAfterwards(source, message);
  }
}
