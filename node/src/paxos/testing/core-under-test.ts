/** A replica's core with a disk that obeys the test: nothing is durable, or said, before `persist`. */
import assert from 'node:assert/strict';
import type { Restored } from '../acceptor.ts';
import { type Ballot, BALLOT_NONE, type ReplicaId } from '../ballot.ts';
import type { Envelope, Event, Fact, Message, ReadReady, Step } from '../message.ts';
import { Paxos } from '../paxos.ts';
import { TIMING } from '../timing.ts';
import { A, B, C, commands, configuration } from './members.ts';

/** The core believes that it stood still when ticks are further apart than 600 ms. */
const TICK_STEP_MS = 50;

export class CoreUnderTest {
  readonly core: Paxos;
  readonly self: ReplicaId;
  nowMs = 0;
  #held: Envelope[] = [];

  constructor(self: ReplicaId, memory: Restored, random: () => number = () => 0, lease = false) {
    this.self = self;
    this.core = new Paxos({ self, timing: TIMING, random, lease }, memory);
    this.step({ kind: 'tick', nowMs: 0, clockMs: 0 });
  }

  hear(from: ReplicaId, message: Message): Step {
    return this.step({ kind: 'message', from, message });
  }

  propose(text: string, urgent = false): Step {
    return this.step({ kind: 'propose', value: commands(text), urgent });
  }

  read(id: number): Step {
    return this.step({ kind: 'read', id, nowMs: this.nowMs });
  }

  linkUp(peer: ReplicaId): Step {
    return this.step({ kind: 'linkUp', peer });
  }

  linkDown(peer: ReplicaId): Step {
    return this.step({ kind: 'linkDown', peer });
  }

  /** Time passes in small steps, unless the process is to stand still; all that happened, as one step. */
  tick(durationMs: number, stepMs = TICK_STEP_MS): Step {
    const steps: Step[] = [];
    for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
      this.nowMs += stepMs;
      steps.push(this.step({ kind: 'tick', nowMs: this.nowMs, clockMs: this.nowMs }));
    }
    return merged(steps);
  }

  /** All facts are on disk. What speaks for them leaves, and comes back where it is to this replica itself. */
  persist(): Step {
    const held = this.#held;
    this.#held = [];
    const steps = held
      .filter(({ to }) => to === this.self)
      .map(({ message }) => this.hear(this.self, message));
    const sent = held.filter(({ to }) => to !== this.self);
    return merged([{ messages: sent, facts: [], afterwards: [], reads: [] }, ...steps]);
  }

  /** Any event; what is held back by it leaves with `persist`. */
  step(event: Event): Step {
    const step = this.core.step(event);
    this.#held.push(...step.afterwards);
    return step;
  }
}

function merged(steps: readonly Step[]): Step {
  const messages: Envelope[] = [];
  const facts: Fact[] = [];
  const afterwards: Envelope[] = [];
  const reads: ReadReady[] = [];
  for (const step of steps) {
    messages.push(...step.messages);
    facts.push(...step.facts);
    afterwards.push(...step.afterwards);
    reads.push(...step.reads);
  }
  return { messages, facts, afterwards, reads };
}

/** A, B and C are members and slot 1, the configuration, is chosen; the rest as given. */
export function restored(given: Partial<Restored> = {}): Restored {
  return {
    promised: BALLOT_NONE,
    chosen: 1,
    entries: [],
    rulings: [{ from: 2, configuration: configuration([A, B, C]) }],
    ...given,
  };
}

/** What others are to hear: a replica also tells itself that its facts are durable. */
export function toOthers(replica: CoreUnderTest, envelopes: readonly Envelope[]): Envelope[] {
  return envelopes.filter(({ to }) => to !== replica.self);
}

/** Only the messages of one kind, as `to` and message. */
export function ofKind<Kind extends Message['kind']>(
  envelopes: readonly Envelope[],
  kind: Kind,
): { readonly to: ReplicaId; readonly message: Extract<Message, { kind: Kind }> }[] {
  return envelopes.filter(
    (envelope): envelope is { to: ReplicaId; message: Extract<Message, { kind: Kind }> } =>
      envelope.message.kind === kind,
  );
}

/** Lets the replica canvass, be granted by `voters`, and write its own promise; the ballot it prepares in. */
export function prepare(replica: CoreUnderTest, voters: readonly ReplicaId[]): Ballot {
  for (let passedMs = 0; replica.core.role !== 'candidate' && passedMs < 2_000; passedMs += TICK_STEP_MS) {
    const canvass = ofKind(replica.tick(TICK_STEP_MS).messages, 'canvass')[0]?.message;
    if (canvass === undefined) continue;
    const { promised } = replica.core.acceptor;
    for (const voter of voters) {
      replica.hear(voter, { kind: 'canvassReply', ballot: canvass.ballot, granted: true, promised });
    }
    replica.persist();
    return canvass.ballot;
  }
  assert.fail('the replica does not canvass');
}

/** Lets the replica lead with the promises of `voters`, who report nothing. */
export function lead(replica: CoreUnderTest, voters: readonly ReplicaId[] = [B]): Ballot {
  const ballot = prepare(replica, voters);
  const { chosen } = replica.core;
  for (const voter of voters) {
    replica.hear(voter, { kind: 'promise', ballot, chosen, part: 0, parts: 1, entries: [] });
  }
  assert.equal(replica.core.role, 'leader');
  return ballot;
}

/** Of the leader in that round. */
export function heartbeat(round: number, leader: ReplicaId, chosen = 1, from = 2): Message {
  return { kind: 'heartbeat', ballot: { round, replica: leader }, from, chosen, round: 1, leaseMs: 0 };
}
