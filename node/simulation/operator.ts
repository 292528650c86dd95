/**
 * Who changes the members of a run, while everything else goes wrong: it adds spare machines, promotes them, removes
 * voters that are lost, too many or simply its whim, and hands the lead around. It asks as a program would, over the
 * admin door: whoever answers, however late, perhaps twice the same, and sometimes what must be refused.
 */
import type { ReplicaId } from '../src/paxos/ballot.ts';
import type { Configuration, Member } from '../src/paxos/configuration.ts';
import type { AdminAnswer, ReplicaAdmin } from '../src/replica/admin-door.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';
import { Violation } from './violation.ts';

/** How many voters it wants: drawn anew now and then. */
const VOTERS_CHOICES = [1, 2, 3, 3, 4, 5];
/** Longer than the replica's own deadline: then its process was gone. */
const PATIENCE_MS = 8_000;

export type OperatorAct = 'learner added' | 'learner promoted' | 'member removed' | 'lead handed over';
export type OperatorCounts = Record<OperatorAct | 'change refused' | 'change unknown', number>;

/** What it sees of the cluster. */
export interface Surroundings {
  /** A machine to ask: the leader mostly, if there is one. */
  ask(): { readonly place: number; readonly admin: ReplicaAdmin; readonly known: Configuration } | undefined;
  /** Fresh replicas that run, by what they would be as members. */
  strangers(): readonly Member[];
  /** True when this member's disk is lost, or another replica lives on it by now. */
  isLost(id: ReplicaId): boolean;
  nameOf(id: ReplicaId): string;
  /** A change was asked for, and nobody knows yet what became of it. */
  changeIsOpen: boolean;
}

interface Plan {
  readonly act: OperatorAct;
  readonly text: string;
  readonly ask: (admin: ReplicaAdmin, done: (answer: AdminAnswer) => void) => void;
  /** It must not be granted. */
  readonly forbidden?: boolean;
}

export class Operator {
  readonly counts: OperatorCounts = {
    'learner added': 0,
    'learner promoted': 0,
    'member removed': 0,
    'lead handed over': 0,
    'change refused': 0,
    'change unknown': 0,
  };
  readonly #random: Random;
  readonly #surroundings: Surroundings;
  readonly #time: Time;
  readonly #trace: Trace;
  readonly #endMs: number;
  readonly #pauseMeanMs: number;
  #wanted: number;
  /** The request under way; a later answer to an earlier one is of no interest. */
  #asked = 0;

  constructor(random: Random, surroundings: Surroundings, time: Time, trace: Trace, endMs: number) {
    this.#random = random;
    this.#surroundings = surroundings;
    this.#time = time;
    this.#trace = trace;
    this.#endMs = endMs;
    this.#pauseMeanMs = random.pick([150, 600, 2_000]);
    this.#wanted = random.pick(VOTERS_CHOICES);
  }

  start(): void {
    this.#time.schedule(this.#random.exponential(this.#pauseMeanMs), () => {
      if (this.#time.now < this.#endMs) this.#act();
    });
  }

  #act(): void {
    if (this.#random.chance(0.08)) this.#wanted = this.#random.pick(VOTERS_CHOICES);
    const asked = this.#surroundings.ask();
    const plan = asked === undefined ? undefined : this.#plan(asked.known);
    if (asked === undefined || plan === undefined) return this.start();
    const number = ++this.#asked;
    const wasOpen = this.#surroundings.changeIsOpen;
    if (plan.act !== 'lead handed over') this.#surroundings.changeIsOpen = true;
    const { place } = asked;
    this.#trace.event(`operator asks ${place}: ${plan.text}`);
    const finish = (): void => {
      if (number !== this.#asked) return;
      this.#asked += 1;
      this.start();
    };
    plan.ask(asked.admin, (answer) => {
      this.#note(plan, place, answer);
      // What comes behind a change that rules is decided; a refusal says nothing of earlier ones.
      const isRefused = answer.kind === 'refused' && answer.code !== 'unknown-outcome';
      if (number === this.#asked && plan.act !== 'lead handed over') {
        this.#surroundings.changeIsOpen = answer.kind !== 'done' && (wasOpen || !isRefused);
      }
      finish();
    });
    this.#time.schedule(PATIENCE_MS, finish);
  }

  #note(plan: Plan, place: number, answer: AdminAnswer): void {
    const text = answer.kind === 'done' ? answer.text : `${answer.code}, ${answer.reason}`;
    this.#trace.event(`operator hears from ${place}: ${text}`);
    if (answer.kind === 'done') {
      if (plan.forbidden === true) throw new Violation(`IdsAreUsedOnce: granted: ${plan.text}`);
      if (!answer.already) this.counts[plan.act] += 1;
    } else this.counts[answer.code === 'unknown-outcome' ? 'change unknown' : 'change refused'] += 1;
  }

  #plan(known: Configuration): Plan | undefined {
    const whim = this.#random.next();
    if (whim < 0.12) return this.#transfer(known);
    if (whim < 0.16) return this.#impossible(known);
    const lost = known.members.find(({ id }) => this.#surroundings.isLost(id));
    const voters = known.members.filter(({ voter }) => voter);
    const learners = known.members.filter(({ voter, id }) => !voter && !this.#surroundings.isLost(id));
    // Who is lost goes last where a quorum depends on it, and first where it does not: both happen.
    if (lost !== undefined && this.#random.chance(0.5)) return this.#remove(lost.id);
    if (voters.length > this.#wanted || whim < 0.2) return this.#remove(this.#random.pick(voters).id);
    const [learner] = this.#random.shuffle(learners);
    if (learner !== undefined) {
      return this.#random.chance(0.05) ? this.#remove(learner.id) : this.#promote(learner.id);
    }
    const strangers = this.#surroundings
      .strangers()
      .filter(({ id }) => known.members.every((member) => member.id !== id));
    if (voters.length < this.#wanted && strangers.length > 0) return this.#add(this.#random.pick(strangers));
    return undefined;
  }

  #transfer({ members }: Configuration): Plan {
    const to = this.#random.chance(0.5) ? undefined : this.#random.pick(members).id;
    return {
      act: 'lead handed over',
      text: `hand over the lead${to === undefined ? '' : ` to ${this.#surroundings.nameOf(to)}`}`,
      ask: (admin, done) => admin.transfer(to, done),
    };
  }

  /** Takes back who was removed. */
  #impossible({ removed, members }: Configuration): Plan | undefined {
    const addresses = members[0]?.addresses;
    if (removed.length === 0 || addresses === undefined) return undefined;
    const id = this.#random.pick(removed);
    return {
      act: 'learner added',
      text: `add ${this.#surroundings.nameOf(id)}, which was removed`,
      ask: (admin, done) => admin.addLearner(id, addresses, done),
      forbidden: true,
    };
  }

  #add({ id, addresses }: Member): Plan {
    return {
      act: 'learner added',
      text: `add ${this.#surroundings.nameOf(id)}`,
      ask: (admin, done) => admin.addLearner(id, addresses, done),
    };
  }

  #promote(id: ReplicaId): Plan {
    return {
      act: 'learner promoted',
      text: `promote ${this.#surroundings.nameOf(id)}`,
      ask: (admin, done) => admin.promote(id, done),
    };
  }

  #remove(id: ReplicaId): Plan {
    return {
      act: 'member removed',
      text: `remove ${this.#surroundings.nameOf(id)}`,
      ask: (admin, done) => admin.remove(id, done),
    };
  }
}
