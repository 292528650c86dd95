/** The options of one replica, parsed once: inside, nothing is checked again and nothing has a default. */
import { readFileSync } from 'node:fs';
import { ACCESS_SPECS, type AccessFiles, parseAccess } from './access-options.ts';
import { CommandLine, describeOptions, type OptionSpec, parseInteger } from './command-line.ts';
import { InvalidInput } from './errors.ts';
import { LOG_OPTIONS, type LogChoice, logChoice, type Surroundings } from './journal/log-choice.ts';
import type { Addresses } from './paxos/configuration.ts';
import { parseTraces, TRACES_SPECS, type TracesSettings } from './traces-options.ts';

export interface PeerAddress {
  readonly host: string;
  readonly peerPort: number;
}

export interface Options extends TracesSettings {
  /** Where the log and the snapshots live. */
  readonly directory: string;
  /** Where clients and peers reach this replica: what it announces. */
  readonly addresses: Addresses;
  /** What its sockets bind to. */
  readonly listenHost: string;
  /** The replicas of a new cluster, this one among them; one address only: a cluster of one; none: `join`. */
  readonly peers: readonly PeerAddress[];
  /** A fresh replica founds nothing by itself: it waits until it is added, or told to found. */
  readonly join: boolean;
  /** How long it goes on serving after it was asked to end. */
  readonly drainMs: number;
  /** As a leader it answers reads by a lease. */
  readonly lease: boolean;
  /** What the data of the cluster may take while this replica leads; 0 for no quota, undefined for what was agreed on. */
  readonly dataQuotaBytes: number | undefined;
  /** `GET /crash` ends the process. */
  readonly crashRoute: boolean;
  /** Tells wrong digests of a state that is right, so that whoever compares them can be tried. */
  readonly falsifiesDigests: boolean;
  /** The console may change keys, too. */
  readonly consoleWrites: boolean;
  /** How it logs. */
  readonly log: LogChoice;
  /** Ends when standard input closes, so that no replica outlives the program that started it. */
  readonly exitWithParent: boolean;
  /** Who may speak, and over which channel. */
  readonly access: AccessFiles;
}

/** A configuration has no room for more. */
const PEERS_MAX = 64;
/** More than any machine has; what is agreed on must be an exact integer. */
const DATA_QUOTA_BYTES_MAX = 2 ** 50;
/** Longer than any load balancer takes to hear of it, and than anybody waits for a process to end. */
const DRAIN_MS_MAX = 600_000;
/** The longest name that DNS knows. */
const HOST_CHARACTERS_MAX = 253;

const SPECS: readonly OptionSpec[] = [
  { name: 'dir', value: 'DIR', help: 'directory of the log and the snapshots (must be given)' },
  { name: 'host', value: 'HOST', help: 'where others reach this replica', fallback: '127.0.0.1' },
  { name: 'listen-host', value: 'HOST', help: 'what the sockets bind to (default: the same as --host)' },
  { name: 'redis-port', value: 'PORT', help: 'Redis clients', fallback: '6379' },
  { name: 'peer-port', value: 'PORT', help: 'the other replicas', fallback: '7379' },
  { name: 'http-port', value: 'PORT', help: 'HTTP clients', fallback: '8379' },
  { name: 'admin-port', value: 'PORT', help: 'status, health and metrics', fallback: '9379' },
  { name: 'cluster-port', value: 'PORT', help: 'clients that speak Redis Cluster', fallback: '5379' },
  {
    name: 'peers',
    value: 'LIST',
    help: 'HOST[:PORT],... of all replicas, this one too (default: a cluster of one); PORT is --peer-port if absent',
  },
  {
    name: 'peers-file',
    value: 'FILE',
    help: 'the same list, one HOST[:PORT] a line; # begins a comment',
  },
  {
    name: 'join',
    help: 'a fresh replica waits until it is added to a cluster, or told on the admin port to found one',
  },
  {
    name: 'data-quota',
    value: 'SIZE',
    help: 'what all keys and values may take, such as 512MiB; 0 for no quota (default: what the cluster has agreed on)',
  },
  {
    name: 'drain-time',
    value: 'TIME',
    help: 'after SIGTERM, serve for so long as one that is not ready, such as 5s; 10m at most',
    fallback: '0s',
  },
  {
    name: 'lease',
    help: 'as a leader, answer reads by a lease: quicker, and stale if a clock errs by a fifth or this machine is frozen',
  },
  ...ACCESS_SPECS,
  { name: 'enable-crash-route', help: 'GET /crash ends the process' },
  {
    name: 'debug-falsify-digests',
    help: 'tell wrong digests, which raises a false alarm: for trying alarms, and nothing else',
  },
  { name: 'console-writes', help: 'the console on the admin port may change keys, too' },
  { name: 'exit-with-parent', help: 'end when standard input closes' },
  ...TRACES_SPECS,
  LOG_OPTIONS.format,
  LOG_OPTIONS.level,
  { name: 'verbose', help: 'the same as --log-level trace: every message sent and received' },
  { name: 'help', help: 'print this text' },
];

/** Throws `InvalidInput`; answers with the help text when it is asked for. */
export function parseOptions(argv: readonly string[], surroundings: Surroundings): Options | string {
  const line = new CommandLine(SPECS, argv);
  if (line.has('help')) return `Runs one replica of PaxosKV.\n\n${describeOptions(SPECS)}`;

  const directory = line.text('dir');
  if (directory === undefined) throw new InvalidInput('--dir', undefined, 'must be given');
  const addresses = parseAddresses(line);
  // Before the peers, with which it can't be given together.
  const join = parseJoin(line);
  return Object.freeze({
    directory,
    addresses,
    listenHost: requireHost('--listen-host', line.text('listen-host') ?? addresses.host),
    peers: parsePeers(line, addresses),
    join,

    drainMs: line.durationMs('drain-time', 0, DRAIN_MS_MAX) ?? 0,
    lease: line.has('lease'),
    dataQuotaBytes: line.bytes('data-quota', DATA_QUOTA_BYTES_MAX),
    crashRoute: line.has('enable-crash-route'),
    falsifiesDigests: line.has('debug-falsify-digests'),
    consoleWrites: line.has('console-writes'),
    log: parseLog(line, surroundings),
    ...parseTraces(line, surroundings),
    exitWithParent: line.has('exit-with-parent'),
    access: parseAccess(line),
  });
}

function parseAddresses(line: CommandLine): Addresses {
  const seen = new Map<number, string>();
  const port = (name: string): number => {
    const value = line.integer(name, 1, 65_535);
    const other = seen.get(value);
    if (other !== undefined) throw new InvalidInput(`--${name}`, value, `must differ from --${other}`);
    seen.set(value, name);
    return value;
  };
  return Object.freeze({
    host: requireHost('--host', line.text('host')),
    redisPort: port('redis-port'),
    peerPort: port('peer-port'),
    httpPort: port('http-port'),
    adminPort: port('admin-port'),
    clusterPort: port('cluster-port'),
  });
}

function parseLog(line: CommandLine, surroundings: Surroundings): LogChoice {
  const level = line.text('log-level');
  if (line.has('verbose') && level !== undefined)
    throw new InvalidInput('--log-level', level, 'must not be given together with --verbose');
  const given = { format: line.text('log-format'), level: line.has('verbose') ? 'trace' : level };
  return logChoice(given, surroundings, (field, value, rule) => {
    throw new InvalidInput(field, value, rule);
  });
}

function parseJoin(line: CommandLine): boolean {
  if (!line.has('join')) return false;
  for (const option of ['peers', 'peers-file']) {
    const value = line.text(option);
    if (value === undefined) continue;
    throw new InvalidInput('--join', value, `must not be given together with --${option}`);
  }
  return true;
}

function parsePeers(line: CommandLine, own: Addresses): readonly PeerAddress[] {
  const file = line.text('peers-file');
  const list = line.text('peers');
  if (file !== undefined && list !== undefined) {
    throw new InvalidInput('--peers-file', file, 'must not be given together with --peers');
  }
  if (file === undefined && list === undefined) {
    const alone = [Object.freeze({ host: own.host, peerPort: own.peerPort })];
    return Object.freeze(line.has('join') ? [] : alone);
  }
  const option = file === undefined ? '--peers' : '--peers-file';
  const texts = file === undefined ? (list ?? '').split(',') : hostLines(file);
  const peers = texts.map((text) => parsePeer(option, text.trim(), own.peerPort));

  if (peers.length === 0 || peers.length > PEERS_MAX) {
    throw new InvalidInput(option, file ?? list, `must list 1 to ${PEERS_MAX} replicas, not ${peers.length}`);
  }
  const names = peers.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidInput(option, twice, 'must list each replica once');
  if (!names.includes(nameOf(own))) {
    throw new InvalidInput(option, file ?? list, `must list this replica itself, as ${nameOf(own)}`);
  }
  return Object.freeze(peers);
}

function hostLines(file: string): string[] {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InvalidInput('--peers-file', file, 'must be a file that can be read', { cause });
  }
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

function parsePeer(option: string, text: string, defaultPort: number): PeerAddress {
  // An IPv6 address stands in brackets, so that its colons and the port's can be told apart.
  const [, bracketed, plain, port] = /^(?:\[([^\]\s]+)\]|([^:[\]\s]+))(?::(.*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined)
    throw new InvalidInput(option, text, 'must hold entries of the form HOST or HOST:PORT');
  return Object.freeze({
    host: requireHost(`${option} (host)`, host),
    peerPort: port === undefined ? defaultPort : parseInteger(`${option} (port of ${host})`, port, 1, 65_535),
  });
}

function requireHost(option: string, host: string | undefined): string {
  if (host === undefined || !/^[^\s,/[\]]+$/.test(host) || host.length > HOST_CHARACTERS_MAX) {
    throw new InvalidInput(
      option,
      host,
      `must be a host name or an address of at most ${HOST_CHARACTERS_MAX} characters`,
    );
  }
  return host;
}

function nameOf(peer: PeerAddress): string {
  return peer.host.includes(':') ? `[${peer.host}]:${peer.peerPort}` : `${peer.host}:${peer.peerPort}`;
}
