/**
 * Which cluster this replica belongs to: none, until a member links to it by its id or somebody tells it to found one.
 * Then for ever. Others are told only when it is on disk: a founder that told it earlier, and lost its power, would
 * find peers of a cluster that nobody founded.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Configuration } from '../paxos/configuration.ts';
import type { Entry } from '../paxos/entry.ts';
import type { Log } from '../storage/log.ts';

export class Affiliation {
  readonly #log: Log;
  /** On disk, so that others may be told. */
  #cluster: string | undefined;
  #joined: string | undefined;

  constructor(log: Log, cluster: string | undefined) {
    this.#log = log;
    this.#cluster = cluster;
    this.#joined = cluster;
  }

  get cluster(): string | undefined {
    return this.#cluster;
  }

  /** The same, from the moment that it has made up its mind. */
  get joined(): string | undefined {
    return this.#joined;
  }

  get isFree(): boolean {
    return this.#joined === undefined;
  }

  /** `done` when it is on disk; nothing happens to one that belongs to a cluster. */
  join(cluster: string, done: () => void): void {
    if (!this.isFree) return;
    this.#joined = cluster;
    this.#log.append({ kind: 'joined', cluster });
    this.#log.whenDurable(() => {
      this.#cluster = cluster;
      done();
    });
  }
}

/** The first entry of a cluster's log: it is given by its founder, in a ballot below every one that is prepared. */
export function foundingEntry(founder: ReplicaId, configuration: Configuration): Entry {
  return {
    slot: 1,
    ballot: { round: 0, replica: founder },
    value: { kind: 'configuration', configuration },
  };
}
