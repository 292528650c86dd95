/**
 * What the replicas of a cluster have agreed on, as a model: the agreement itself is proved elsewhere, so here it is one record.
 * It allows and refuses what a leader allows and refuses.
 */
import { quorumOf } from '../src/plan/view.ts';

export interface ModelMember {
  readonly id: string;
  voter: boolean;
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

export class ModelCluster {
  readonly id: string;
  members: ModelMember[];
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

  get quorum(): number {
    return quorumOf(this.voters.length);
  }

  /** `running`: the directories of those that run and can talk, by id. */
  elect(running: ReadonlyMap<string, Directory>): void {
    const present = this.voters.filter(({ id }) => running.has(id));
    if (present.length < this.quorum) {
      this.leader = undefined;
      return;
    }
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

  /** Acknowledges `count` writes if a quorum that is level takes them. */
  write(count: number, running: ReadonlyMap<string, Directory>): void {
    if (this.leader === undefined) return;
    const level = this.members.filter(({ id }) => running.get(id)?.applied === this.committed);
    if (level.filter(({ voter }) => voter).length < this.quorum) return;
    this.committed += count;
    for (const { id } of level) (running.get(id) as Directory).applied = this.committed;
  }

  isLevel(id: string, running: ReadonlyMap<string, Directory>): boolean {
    const directory = running.get(id);
    return directory !== undefined && this.committed - directory.applied <= LEVEL;
  }

  addLearner(id: string, ordinal: number): void {
    if (this.removed.has(id)) throw new ModelRefusal('removed-before');
    if (this.members.some((member) => member.id === id)) return;
    this.members.push({ id, ordinal, voter: false });
  }

  promote(id: string, running: ReadonlyMap<string, Directory>): void {
    const member = this.members.find((each) => each.id === id);
    if (member === undefined) throw new ModelRefusal('unknown-id');
    if (member.voter) return;
    const voters = [...this.voters, member];
    if (!this.isLevel(id, running)) throw new ModelRefusal('not-caught-up');
    this.#requireQuorum(voters, running);
    (running.get(id) as Directory).applied = this.committed;
    member.voter = true;
  }

  remove(id: string, running: ReadonlyMap<string, Directory>): void {
    if (this.removed.has(id)) return;
    const member = this.members.find((each) => each.id === id);
    if (member === undefined) throw new ModelRefusal('unknown-id');
    const members = this.members.filter((each) => each !== member);
    if (member.voter)
      this.#requireQuorum(
        members.filter(({ voter }) => voter),
        running,
      );
    this.members = members;
    this.removed.add(id);
    if (this.leader === id) this.leader = undefined;
  }

  transfer(to: string, running: ReadonlyMap<string, Directory>): void {
    if (!this.voters.some(({ id }) => id === to) || !this.isLevel(to, running))
      throw new ModelRefusal('not-caught-up');
    (running.get(to) as Directory).applied = this.committed;
    this.leader = to;
    this.ballot += 1;
  }

  /** The change is chosen and settled by these, so they hold everything before it. */
  #requireQuorum(voters: readonly ModelMember[], running: ReadonlyMap<string, Directory>): void {
    const level = voters.filter(({ id }) => this.isLevel(id, running));
    if (level.length < quorumOf(voters.length)) throw new ModelRefusal('quorum-at-risk');
    for (const { id } of level) (running.get(id) as Directory).applied = this.committed;
  }
}
