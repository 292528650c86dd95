/**
 * Who this replica is to the others, and they to it: its cluster, its neighbours, what it says of itself in a hello and
 * what it holds against theirs.
 */
import { type ReplicaId, replicaText } from '../paxos/ballot.ts';
import type { Configuration, Member } from '../paxos/configuration.ts';
import type { Message } from '../paxos/message.ts';
import type { Paxos } from '../paxos/paxos.ts';
import { PeerMemory, type Standing } from '../paxos/peer-memory.ts';
import type { Affiliation } from './affiliation.ts';
import type { Verdict } from './retirement.ts';

export interface Neighbours {
  /** Members of every configuration that rules now or is chosen: they need links to one another. */
  readonly members: readonly Member[];
  /** Ids whose removal is complete: nobody speaks with them any more. */
  readonly removed: readonly ReplicaId[];
}

/** `newcomer`: it has begun to catch up, and has not come to its own addition. */
export type Belonging = 'stranger' | 'newcomer' | 'member';

export interface FellowshipOptions {
  readonly self: ReplicaId;
  /** How often this replica was started, this time included. */
  readonly start: number;
  /** 48 bits, drawn when this process started. */
  readonly process: number;
}

export class Fellowship {
  readonly #options: FellowshipOptions;
  readonly #core: Paxos;
  readonly #affiliation: Affiliation;
  readonly #memory = new PeerMemory();
  #onNeighbours: (neighbours: Neighbours) => void = () => {};
  /** What the listener was told last, and the newest configuration then. */
  #neighbours: Neighbours = { members: [], removed: [] };
  #latest: Configuration | undefined;

  constructor(core: Paxos, affiliation: Affiliation, options: FellowshipOptions) {
    this.#core = core;
    this.#affiliation = affiliation;
    this.#options = options;
  }

  /** As far as it is on disk: only then may others hear of it. */
  get cluster(): string | undefined {
    return this.#affiliation.cluster;
  }

  /** A member of `cluster` links to this stranger by its id: it belongs to that cluster from now on. */
  join(cluster: string): void {
    this.#affiliation.join(cluster, () => this.#tell());
  }

  /** True while this replica belongs to no cluster at all: only then may it found one. */
  get isFresh(): boolean {
    return this.#affiliation.isFree && this.#core.role === 'stranger';
  }

  get belonging(): Belonging {
    const { rulings } = this.#core.acceptor;
    if (!rulings.known) return 'stranger';
    const members = rulings.membersFrom(this.#core.acceptor.settled + 1);
    return members.some(({ id }) => id === this.#options.self) ? 'member' : 'newcomer';
  }

  /** Told now, if it belongs to a cluster, and whenever it changes: whom to link to, and whom never again. */
  onNeighbours(listener: (neighbours: Neighbours) => void): void {
    this.#onNeighbours = listener;
    this.#tell();
  }

  /** Something was chosen: another configuration may be known now, or rule. */
  review(): void {
    const { rulings } = this.#core.acceptor;
    const { latest } = rulings;
    const removed = rulings.removedAt(this.#core.acceptor.settled + 1);
    if (latest === this.#latest && removed === this.#neighbours.removed) return;
    this.#tell();
  }

  #tell(): void {
    const { rulings } = this.#core.acceptor;
    if (!rulings.known || this.cluster === undefined) return;
    this.#latest = rulings.latest;
    const { settled } = this.#core.acceptor;
    const removed = rulings.removedAt(settled + 1);
    this.#neighbours = { members: rulings.membersFrom(settled + 1), removed };
    this.#memory.forget(removed);
    this.#onNeighbours(this.#neighbours);
  }

  /** What this process says of its disk in each hello. */
  get standing(): Standing {
    const { start, process } = this.#options;
    return { process: processText(process), start, ...this.#core.acceptor.restored };
  }

  /** A peer's hello has come. Says why it must not be spoken with, and must end. */
  judge(peer: ReplicaId, standing: Standing): Verdict | undefined {
    if (this.#neighbours.removed.includes(peer)) {
      const reason = `${replicaText(peer)} was removed from the cluster, and never comes back`;
      return { kind: 'removed', reason };
    }
    return this.#memory.judge(peer, standing);
  }

  /** A message of a peer whose hello was in order: what it tells of its disk is remembered. */
  hear(peer: ReplicaId, message: Message): void {
    this.#memory.hear(peer, message);
  }

  /** True when a disk that stands so has told this replica more than it holds; for the simulator. */
  remembersMore(peer: ReplicaId, standing: Pick<Standing, 'promised' | 'held'>): boolean {
    return this.#memory.contradicts(peer, standing);
  }
}

/** As hellos carry it: 16 hexadecimal digits. */
export function processText(process: number): string {
  return process.toString(16).padStart(16, '0');
}
