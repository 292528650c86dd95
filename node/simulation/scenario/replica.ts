/**
 * One replica of a scenario: the real core, and a driver that does nothing by itself. Facts wait until
 * the scenario says that they are on disk, and with them what must not be said before.
 */
import assert from 'node:assert/strict';
import type { ReplicaId, Slot } from '../../src/paxos/ballot.ts';
import type { Envelope, Event, Fact, ReadReady } from '../../src/paxos/message.ts';
import { Paxos } from '../../src/paxos/paxos.ts';
import { TIMING } from '../../src/paxos/timing.ts';
import { withoutSuperseded } from '../../src/replica/outbox.ts';
import { ScenarioDisk } from './disk.ts';
import { ballotName, envelopeLines, factName, nameOf, valueName } from './transcript.ts';

/** What `step` led to. `news` alone is what a quiet stretch of the story tells. */
export interface Happening {
  readonly lines: readonly string[];
  readonly news: readonly string[];
  readonly messages: readonly Envelope[];
}

export class ScenarioReplica {
  readonly id: ReplicaId;
  readonly disk = new ScenarioDisk();
  nowMs = 0;
  #core: Paxos | undefined;
  #unwritten: Fact[] = [];
  #held: Envelope[] = [];
  #waitingReads: ReadReady[] = [];
  #role = '';

  constructor(id: ReplicaId) {
    this.id = id;
  }

  get name(): string {
    return nameOf(this.id);
  }

  get isUp(): boolean {
    return this.#core !== undefined;
  }

  /** The core of a replica that runs. */
  get core(): Paxos {
    assert(this.#core !== undefined, `${this.name} does not run`);
    return this.#core;
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.length > 0 || this.#held.length > 0;
  }

  start(): void {
    assert(this.#core === undefined, `${this.name} runs already`);
    // A waits least for a leader, then B, then C: elections go as the story needs them.
    const patience = (this.id - 1) / 4;
    this.#core = new Paxos(
      { self: this.id, timing: TIMING, random: () => patience, lease: false },
      this.disk.restored(),
    );
    this.#role = this.#roleText();
    this.#core.step({ kind: 'tick', nowMs: this.nowMs, clockMs: this.nowMs });
  }

  /** Loses what was not written, and everything that was to be said once it is. */
  crash(): void {
    this.#core = undefined;
    this.#unwritten = [];
    this.#held = [];
    this.#waitingReads = [];
  }

  step(event: Event, arrives: (to: ReplicaId) => boolean): Happening {
    const chosenBefore = this.core.chosen;
    const step = this.core.step(event);
    this.core.applied(this.core.chosen);
    this.#unwritten.push(...step.facts);
    this.#held.push(...step.afterwards);
    this.#waitingReads.push(...step.reads);
    const facts = step.facts.filter((fact) => fact.kind !== 'chosen').map(factName);
    const news = [...this.#newRole(), ...this.#newlyChosen(chosenBefore), ...this.#readLines(step.reads)];
    const lines = [
      ...envelopeLines(step.messages, this.id, arrives),
      ...(facts.length > 0 ? [`to write: ${facts.join('; ')}`] : []),
      ...envelopeLines(step.afterwards, this.id, arrives).map((line) => `once written, ${line}`),
      ...news,
    ];
    return { lines, news, messages: step.messages };
  }

  /** Everything so far becomes durable; returns what was written and what may be said now. */
  persist(): { readonly written: readonly string[]; readonly envelopes: readonly Envelope[] } {
    const written = this.#unwritten.filter((fact) => fact.kind !== 'chosen').map(factName);
    for (const fact of this.#unwritten) this.disk.write(fact);
    const envelopes = withoutSuperseded(this.#held);
    this.#unwritten = [];
    this.#held = [];
    return { written, envelopes };
  }

  show(): string[] {
    const { acceptor } = this.core;
    const { promised, chosen, mark, durable, window } = acceptor;
    const lines = [
      `${this.name} ${this.#roleText()}; promised ${ballotName(promised)}, chosen ${chosen}, mark ${mark}, may vote up to ${durable}`,
    ];
    for (const entry of [...this.disk.entries(1, window.first - 1), ...window.from(1)]) {
      const state = entry.slot <= chosen ? 'chosen' : 'accepted';
      lines.push(
        `  slot ${entry.slot} ${valueName(entry.value)}, ${state}, in ballot ${ballotName(entry.ballot)}`,
      );
    }
    return lines;
  }

  #roleText(): string {
    const { role, leader, leadership } = this.core;
    if (leadership !== undefined) return `leads in ballot ${ballotName(leadership.ballot)}`;
    if (role === 'candidate') return 'is a candidate';
    return `follows ${leader === undefined ? 'nobody' : nameOf(leader)}`;
  }

  #newRole(): string[] {
    const role = this.#roleText();
    if (role === this.#role) return [];
    this.#role = role;
    return [role];
  }

  #newlyChosen(before: Slot): string[] {
    const lines: string[] = [];
    for (let slot = before + 1; slot <= this.core.chosen; slot += 1) {
      const entry = this.core.acceptor.window.get(slot);
      assert(entry !== undefined);
      lines.push(`knows slot ${slot} chosen: ${valueName(entry.value)}`);
    }
    return lines;
  }

  #readLines(fresh: readonly ReadReady[]): string[] {
    const lines: string[] = [];
    const waiting: ReadReady[] = [];
    for (const read of this.#waitingReads) {
      if (read.index === 0) lines.push(`read ${read.id} has no answer: ask again`);
      else if (read.index <= this.core.chosen)
        lines.push(`read ${read.id} runs, slot ${read.index} is applied`);
      else {
        waiting.push(read);
        if (fresh.includes(read)) lines.push(`read ${read.id} waits until slot ${read.index} is applied`);
      }
    }
    this.#waitingReads = waiting;
    return lines;
  }
}
