/** A system under measurement, as the harness sees it. */
import type { Load } from './load.ts';

/** What a load generator says of one run. */
export interface LoadResult {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type SystemName = 'paxoskv' | 'etcd' | 'redis';

export interface System {
  readonly name: SystemName;
  /** Programs that must be on PATH. */
  readonly needs: readonly string[];
  /** One line on how it is set up, for the report. */
  readonly setting: string;
  /** Starts the servers on empty data below the directory, waits until they serve, stores the keys. */
  start(directory: string): Promise<void>;
  /** The servers' processes. */
  pids(): number[];
  /** Sends that many operations to the leader. */
  run(load: Load, operations: number): Promise<LoadResult>;
  stop(): Promise<void>;
}
