/** What all connections of one door share. */
import type { SecretFile } from '../auth/secret-file.ts';
import type { CutReason, Observer } from '../observe/events.ts';
import type { ReplicaDoor } from '../replica/door.ts';
import type { Client } from './client.ts';
import type { ClientMemory } from './client-memory.ts';
import type { Topology } from './topology.ts';
import type { Unauthenticated } from './unauthenticated.ts';

/** `plain` forwards everything; `cluster` redirects keyed commands to the leader, as Redis Cluster does. */
export type Mode = 'plain' | 'cluster';

/** A connection as other connections may treat it: listed and closed. */
export interface ClientHandle {
  readonly client: Client;
  /** Ends the connection; when it is the caller's own, only after its answers have gone out. */
  kill(): void;
  /** The same, for one of our limits; `why` is for whoever reads the log. */
  cut(reason: CutReason, why?: string): void;
}

/** Counts since the start, for INFO. */
export interface Statistics {
  connectionsReceived: number;
  connectionsRejected: number;
  commandsProcessed: number;
}

export interface Service {
  readonly door: ReplicaDoor;
  readonly mode: Mode;
  /** Wall clock in milliseconds. */
  readonly clock: () => number;
  readonly observer: Observer | undefined;
  readonly topology: Topology;
  readonly statistics: Statistics;
  readonly memory: ClientMemory;
  readonly clients: ReadonlyMap<number, ClientHandle>;
  /** Undefined: nobody needs a password. */
  readonly passwords: SecretFile | undefined;
  readonly unauthenticated: Unauthenticated;
  /** The port that was bound. */
  readonly port: number;
}
