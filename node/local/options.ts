/** The options of `npm start`, and where each replica of a local cluster listens. */
import { readdirSync } from 'node:fs';
import { ACCESS_SPECS, type AccessFiles, parseAccess } from '../src/access-options.ts';
import { CommandLine, describeOptions, type OptionSpec, parseInteger } from '../src/command-line.ts';
import { InvalidInput } from '../src/errors.ts';
import type { Addresses } from '../src/paxos/configuration.ts';

export interface LocalOptions {
  readonly replicas: number;
  /** Holds one directory for each replica. */
  readonly directory: string;
  /** The first replica's Redis port; every other port follows from it. */
  readonly portBase: number;
  readonly verbose: boolean;
  /** Undefined: nobody is killed on purpose. */
  readonly crashEveryMs: number | undefined;
  /** Starts a replica again when it dies. */
  readonly restart: boolean;
  readonly crashRoute: boolean;
  /** Their consoles may change keys, too. */
  readonly consoleWrites: boolean;
  /** Passed on to the replicas. */
  readonly access: AccessFiles;
  /** As replicas take it; undefined for none. */
  readonly dataQuota: string | undefined;
}

/** Seven replicas survive three losses; more only makes every write wait for more disks. */
const REPLICAS_MAX = 7;
/** The lowest and the highest Redis port whose companions all are ports that need no privilege. */
const PORT_BASE_MIN = 2_100;
const PORT_BASE_MAX = 62_000;

const SPECS: readonly OptionSpec[] = [
  { name: 'replicas', value: 'N', help: '1, 3, 5 or 7 processes', fallback: '3' },
  { name: 'dir', value: 'DIR', help: 'where their data lives', fallback: './data' },
  {
    name: 'port-base',
    value: 'PORT',
    help: "the first replica's Redis port; the others keep their distance",
    fallback: '6379',
  },
  { name: 'verbose', help: 'print every message between the replicas' },
  { name: 'crash-every', value: 'TIME', help: 'kill -9 a random replica that often, such as 10s' },
  { name: 'no-restart', help: 'leave a replica that died dead' },
  { name: 'data-quota', value: 'SIZE', help: 'what all keys and values may take, such as 512MiB' },
  { name: 'enable-crash-route', help: 'GET /crash on the HTTP port ends that replica' },
  { name: 'console-writes', help: 'the console may change keys, too' },
  ...ACCESS_SPECS,
  { name: 'help', help: 'print this text' },
];

/** Throws `InvalidInput`; answers with the help text when it is asked for. */
export function parseLocalOptions(argv: readonly string[]): LocalOptions | string {
  const line = new CommandLine(SPECS, argv);
  if (line.has('help')) {
    return `Starts a PaxosKV cluster on this machine: npm start -- [options]\n\n${describeOptions(SPECS)}`;
  }
  const directory = line.text('dir') ?? '';
  return Object.freeze({
    replicas: parseReplicas(line.text('replicas'), directory),
    directory,
    portBase: line.integer('port-base', PORT_BASE_MIN, PORT_BASE_MAX),
    verbose: line.has('verbose'),
    crashEveryMs: line.durationMs('crash-every'),
    restart: !line.has('no-restart'),
    crashRoute: line.has('enable-crash-route'),
    consoleWrites: line.has('console-writes'),
    access: parseAccess(line),
    dataQuota: parseDataQuota(line),
  });
}

function parseReplicas(text: string | undefined, directory: string): number {
  const replicas = parseInteger('--replicas', text, 1, REPLICAS_MAX);
  if (replicas % 2 === 0) {
    throw new InvalidInput(
      '--replicas',
      replicas,
      `must be odd (${replicas} replicas survive no more losses than ${replicas - 1})`,
    );
  }
  const present = replicasIn(directory);
  if (present !== 0 && present !== replicas) {
    throw new InvalidInput(
      '--replicas',
      replicas,
      `must be ${present}, as many as ${directory} holds (or name another --dir)`,
    );
  }
  return replicas;
}

/** The replicas would refuse a bad one, each by itself and too late. */
function parseDataQuota(line: CommandLine): string | undefined {
  return line.bytes('data-quota', Number.MAX_SAFE_INTEGER) === undefined
    ? undefined
    : line.text('data-quota');
}

/** How many replicas a cluster that ran here before had; its size is in its log, not in our options. */
function replicasIn(directory: string): number {
  try {
    return readdirSync(directory).filter((name) => /^replica-\d+$/.test(name)).length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw new InvalidInput('--dir', directory, 'must be a directory that can be read', { cause: error });
  }
}

/** Where replica `index` of a local cluster listens. */
export function addressesOf(portBase: number, index: number): Addresses {
  return {
    host: '127.0.0.1',
    redisPort: portBase + index,
    clusterPort: portBase - 1_000 + index,
    peerPort: portBase + 1_000 + index,
    httpPort: portBase + 2_000 + index,
    adminPort: portBase + 3_000 + index,
  };
}
