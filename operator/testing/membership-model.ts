/**
 * What the replicas of a cluster have agreed on, as a model: the agreement itself is proved elsewhere, so here it is one record.
 * It allows and refuses what a leader allows and refuses.
 */
import { quorumOf } from '../src/plan/view.ts';

export interface ModelMember {
  readonly id: string;
  readonly voter: boolean;
  readonly ordinal: number;
}

/** What is on a volume. */
export interface Directory {
  replica: string;
  cluster: string | undefined;
  /** Everything up to here is on it. */
  applied: number;
}

export class ModelRefusal extends Error {
  override readonly name = 'ModelRefusal';
}

/** More than this behind, and a voter counts as not level. */
const LEVEL = 64;
/** Between a change that is chosen and one that is complete, so that somebody can look, and something can go wrong, in between. */
const STEPS_TO_SETTLE = 2;

export class ModelCluster {
  readonly id: string;
  members: ModelMember[];
  /** Those of before, while a change is chosen and not complete: a quorum of them is needed as well. */
  #before: readonly ModelMember[] | undefined;
  #stepsToSettle = 0;
  readonly removed = new Set<string>();
  /** Acknowledged, so that a quorum of the voters' directories holds it. */
  committed = 0;
  ballot = 1;
  leader: string | undefined;

  constructor(id: string, founders: readonly Omit<ModelMember, 'voter'>[], leader: string) {
    this.id = id;
    this.members = founders.map((founder) => ({ ...founder, voter: true }));
    this.leader = leader;
  }

  get voters(): ModelMember[] {
    return this.members.filter(({ voter }) => voter);
  }

  get changeUnderWay(): boolean {
    return this.#before !== undefined;
  }

  /** Of each of these a quorum is needed. */
  get electorates(): (readonly ModelMember[])[] {
    const before = this.#before?.filter(({ voter }) => voter);
    return before === undefined ? [this.voters] : [before, this.voters];
  }

  /** The members, and those of before as long as they are needed. */
  get everybody(): ModelMember[] {
    const gone = this.#before?.filter(({ id }) => this.removed.has(id)) ?? [];
    return [...this.members, ...gone];
  }

  needs(id: string): boolean {
    return this.everybody.some((member) => member.id === id);
  }

  /** `running`: the directories of those that run and can talk, by id. */
  elect(running: ReadonlyMap<string, Directory>): void {
    if (!this.#hasQuorum((id) => running.has(id))) {
      this.leader = undefined;
      return;
    }
    const present = this.voters.filter(({ id }) => running.has(id));
    if (present.some(({ id }) => id === this.leader)) return;
    const best = present.toSorted(
      (left, right) => (running.get(right.id)?.applied ?? 0) - (running.get(left.id)?.applied ?? 0),
    )[0];
    const applied = best === undefined ? 0 : (running.get(best.id)?.applied ?? 0);
    if (best === undefined || applied < this.committed) {
      throw new Error(`acknowledged data is lost: ${applied} of ${this.committed}`);
    }
    this.leader = best.id;
    this.ballot += 1;
  }

  /** Acknowledges `count` writes if a quorum that is level takes them. `accepting`: of those that run, whose disks write. */
  write(count: number, accepting: ReadonlyMap<string, Directory>): void {
    if (this.leader === undefined) return;
    const level = this.everybody.filter(({ id }) => accepting.get(id)?.applied === this.committed);
    if (!this.#hasQuorum((voter) => level.some(({ id }) => id === voter))) return;
    this.committed += count;
    for (const { id } of level) (accepting.get(id) as Directory).applied = this.committed;
  }

  /** A leader completes the last change when it can: a quorum of the members of before and one of the new ones hold everything. */
  settle(accepting: ReadonlyMap<string, Directory>): void {
    if (this.#before === undefined || this.leader === undefined) return;
    this.#stepsToSettle -= 1;
    if (this.#stepsToSettle > 0 || !this.#hasQuorum((id) => this.isLevel(id, accepting))) return;
    for (const { id } of this.everybody) {
      const directory = accepting.get(id);
      if (directory !== undefined && this.isLevel(id, accepting)) directory.applied = this.committed;
    }
    this.#before = undefined;
  }

  isLevel(id: string, running: ReadonlyMap<string, Directory>): boolean {
    const directory = running.get(id);
    return directory !== undefined && this.committed - directory.applied <= LEVEL;
  }

  addLearner(id: string, ordinal: number, accepting: ReadonlyMap<string, Directory>): void {
    if (this.removed.has(id)) throw new ModelRefusal('removed-before');
    if (this.members.some((member) => member.id === id)) return;
    this.#change([...this.members, { id, ordinal, voter: false }], accepting);
  }

  promote(id: string, accepting: ReadonlyMap<string, Directory>): void {
    const member = this.members.find((each) => each.id === id);
    if (member === undefined) throw new ModelRefusal('unknown-id');
    if (member.voter) return;
    if (!this.isLevel(id, accepting)) throw new ModelRefusal('not-caught-up');
    const members = this.members.map((each) => (each === member ? { ...each, voter: true } : each));
    this.#change(members, accepting);
    (accepting.get(id) as Directory).applied = this.committed;
  }

  remove(id: string, accepting: ReadonlyMap<string, Directory>): void {
    if (this.removed.has(id)) return;
    const member = this.members.find((each) => each.id === id);
    if (member === undefined) throw new ModelRefusal('unknown-id');
    this.#change(
      this.members.filter((each) => each !== member),
      accepting,
    );
    this.removed.add(id);
    if (this.leader === id) this.leader = undefined;
  }

  transfer(to: string, accepting: ReadonlyMap<string, Directory>): void {
    if (this.changeUnderWay) throw new ModelRefusal('change-under-way');
    if (!this.voters.some(({ id }) => id === to) || !this.isLevel(to, accepting))
      throw new ModelRefusal('not-caught-up');
    (accepting.get(to) as Directory).applied = this.committed;
    this.leader = to;
    this.ballot += 1;
  }

  /** It is chosen by those of before, and is complete when a quorum of the new ones holds it, too. */
  #change(members: ModelMember[], accepting: ReadonlyMap<string, Directory>): void {
    if (this.changeUnderWay) throw new ModelRefusal('change-under-way');
    const isLevel = (id: string): boolean => this.isLevel(id, accepting);
    const wasVoters = this.voters.length;
    const voters = members.filter(({ voter }) => voter);
    if (voters.length !== wasVoters && !isQuorum(voters, isLevel)) throw new ModelRefusal('quorum-at-risk');
    if (!this.#hasQuorum(isLevel)) throw new ModelRefusal('not-done');
    for (const { id } of [...this.members, ...members]) {
      if (isLevel(id)) (accepting.get(id) as Directory).applied = this.committed;
    }
    this.#before = this.members;
    this.#stepsToSettle = STEPS_TO_SETTLE;
    this.members = members;
  }

  #hasQuorum(has: (id: string) => boolean): boolean {
    return this.electorates.every((voters) => isQuorum(voters, has));
  }
}

function isQuorum(voters: readonly ModelMember[], has: (id: string) => boolean): boolean {
  return voters.filter(({ id }) => has(id)).length >= quorumOf(voters.length);
}
