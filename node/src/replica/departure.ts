/**
 * A replica takes its leave on purpose: it says that it is not ready, so that clients go elsewhere; it hands the lead to
 * another voter, so that nobody waits for an election; it goes on serving what it is still asked; and at last it takes no
 * request any more and finishes those it has. When each of these begins is for its caller to say.
 */
import type { Observer } from '../observe/events.ts';
import { replicaText } from '../paxos/ballot.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { AdminAnswer, ReplicaAdmin } from './admin-door.ts';
import { HANDOVER_MS_MAX, HANDOVERS_MAX } from './limits.ts';

/** What clients, probes and operators hear. */
export const SHUTTING_DOWN = 'this replica is shutting down';

type Core = Pick<Paxos, 'role' | 'leader'>;
type Admin = Pick<ReplicaAdmin, 'transfer'>;

export interface DepartureOptions {
  /** Whether any other voter has a link to this replica. */
  readonly hasHeir: () => boolean;
  readonly clock: { nowMs(): number };
  readonly observe: Observer;
}

export class Departure {
  readonly #core: Core;
  readonly #admin: Admin;
  readonly #options: DepartureOptions;
  /** Hears once that the lead is in other hands, or stays here because nobody takes it; undefined before `begin`. */
  #done: (() => void) | undefined;
  #isDecided = false;
  #untilMs = 0;
  #hasLed = false;
  #isAsking = false;
  #handovers = 0;
  #refusal = 'nobody was asked';
  #refuses = false;

  constructor(core: Core, admin: Admin, options: DepartureOptions) {
    this.#core = core;
    this.#admin = admin;
    this.#options = options;
  }

  /** Why this replica should get no clients: nothing before `begin`. */
  get reasons(): readonly string[] {
    return this.#done === undefined ? [] : [SHUTTING_DOWN];
  }

  /** No request is taken any more; those that were are finished. */
  get refusesRequests(): boolean {
    return this.#refuses;
  }

  /** `done` comes within about `HANDOVER_MS_MAX`: at once if another replica leads already. To be called once. */
  begin(done: () => void): void {
    this.#done = done;
    this.#untilMs = this.#options.clock.nowMs() + HANDOVER_MS_MAX;
    this.review();
  }

  refuseRequests(): void {
    this.#refuses = true;
  }

  /** To be called with every tick. Whoever leaves may be elected, or be handed the lead by another one that leaves. */
  review(): void {
    if (this.#done === undefined) return;
    const { role, leader } = this.#core;
    if (role === 'leader') {
      this.#hasLed = true;
      if (!this.#options.hasHeir()) return this.#decide('leads to its end: no other voter is connected');
      if (!this.#isAsking && this.#handovers < HANDOVERS_MAX) this.#handOver();
      if (this.#options.clock.nowMs() >= this.#untilMs) this.#decide(`leads to its end: ${this.#refusal}`);
    } else if (leader !== undefined) this.#decide(`${replicaText(leader)} leads`);
    else if (!this.#hasLed) this.#decide('no leader is known');
    else if (this.#options.clock.nowMs() >= this.#untilMs) this.#decide('nobody leads yet');
  }

  #handOver(): void {
    this.#isAsking = true;
    this.#admin.transfer(undefined, (answer) => {
      this.#isAsking = false;
      this.#note(answer);
    });
  }

  #note(answer: AdminAnswer): void {
    if (answer.kind === 'done') {
      this.#handovers += 1;
      return;
    }
    this.#refusal = answer.reason;
    if (answer.code === 'not-done') this.#handovers += 1;
    // Others may be level in a moment, and a change of the members be complete; an old release learns nothing new.
    else if (answer.code === 'older-release') {
      this.#handovers = HANDOVERS_MAX;
      this.#decide(`leads to its end: ${answer.reason}`);
    }
  }

  #decide(text: string): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#options.observe({ kind: 'notice', name: 'shutting-down', text: `shutting down: ${text}` });
    this.#done?.();
  }
}
