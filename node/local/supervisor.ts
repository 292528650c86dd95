/**
 * A cluster of replicas on this machine, one process each. It knows processes only; who leads and
 * who is ready is `cluster-watch.ts`'s to find out.
 */
import { mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { accessArguments, type AccessFiles } from '../src/access-options.ts';
import type { Addresses } from '../src/paxos/configuration.ts';
import { DIRECTORY_MODE } from '../src/storage/disk-files.ts';
import { addressesOf } from './options.ts';
import { ReplicaProcess, type ReplicaProcessEvent } from './replica-process.ts';

export interface SupervisorOptions {
  readonly replicas: number;
  readonly directory: string;
  readonly portBase: number;
  readonly verbose: boolean;
  readonly restart: boolean;
  readonly crashRoute: boolean;
  readonly consoleWrites?: boolean;
  readonly access: AccessFiles;
  /** Undefined for none. */
  readonly dataQuota?: string | undefined;
  /** How long they go on serving when they are asked to end; 0 unless given. */
  readonly drainTime?: string | undefined;
  /** The file of the program that is one replica. */
  readonly program: string;
  /** They found no cluster by themselves: somebody tells one of them, and adds the others. */
  readonly join?: boolean;
  /** Variables of the replicas' environment besides ours. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** The program that is one replica. */
export const REPLICA_PROGRAM = path.join(import.meta.dirname, '../src/main.ts');

export class Supervisor {
  /** By index: where each replica listens. */
  readonly addresses: readonly Addresses[];
  readonly processes: readonly ReplicaProcess[];

  constructor(options: SupervisorOptions, observe: (event: ReplicaProcessEvent) => void) {
    this.addresses = Array.from({ length: options.replicas }, (_, index) =>
      addressesOf(options.portBase, index),
    );
    this.processes = this.addresses.map(
      (_, index) =>
        new ReplicaProcess(
          {
            index,
            command: commandOf(options, this.addresses, index),
            restart: options.restart,
            environment: options.environment,
          },
          observe,
        ),
    );
  }

  /** Starts every process; they are not ready yet when this returns. */
  start(): void {
    for (const replica of this.processes) replica.start();
  }

  /** Ends every process for good. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((replica) => replica.stop()));
  }
}

function commandOf(options: SupervisorOptions, all: readonly Addresses[], index: number): string[] {
  const directory = path.resolve(options.directory, `replica-${index}`);
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  const own = addressesOf(options.portBase, index);
  const values: Readonly<Record<string, string | number>> = {
    dir: directory,
    host: own.host,
    'redis-port': own.redisPort,
    'cluster-port': own.clusterPort,
    'peer-port': own.peerPort,
    'http-port': own.httpPort,
    'admin-port': own.adminPort,
    ...(options.join === true ? {} : { peers: all.map(peerOf).join(',') }),
  };
  return [
    ...heapOptions(options.replicas),
    options.program,
    ...Object.entries(values).map(([name, value]) => `--${name}=${value}`),
    ...accessArguments(options.access),
    '--exit-with-parent',
    ...(options.join === true ? ['--join'] : []),
    ...(options.verbose ? ['--verbose'] : []),
    ...(options.dataQuota === undefined ? [] : [`--data-quota=${options.dataQuota}`]),
    ...(options.drainTime === undefined ? [] : [`--drain-time=${options.drainTime}`]),
    ...(options.consoleWrites === true ? ['--console-writes'] : []),
    ...(options.crashRoute ? ['--enable-crash-route'] : []),
  ];
}

/** Share of the machine's memory that the heaps of all replicas may take together. */
const HEAPS_SHARE = 0.75;
const MIB = 1024 * 1024;

/**
 * All data is on the heap, and by default V8 ends a process whose heap has 2 to 4 GiB, whatever the machine has. The
 * limit is a process's own and can only be set when it starts.
 */
function heapOptions(replicas: number): string[] {
  const shareBytes = (totalmem() * HEAPS_SHARE) / replicas;
  if (shareBytes <= getHeapStatistics().heap_size_limit) return [];
  return [`--max-old-space-size=${Math.floor(shareBytes / MIB)}`];
}

function peerOf({ host, peerPort }: Addresses): string {
  return `${host}:${peerPort}`;
}
