/**
 * CONFIG: what Redis clients and tools look at, answered with what is true here. Nothing can be changed: setting
 * a parameter to what it is already succeeds, so that tools which insist on a value are content.
 */
import { Glob } from '../../kv/glob.ts';
import { PATTERN_BYTES_MAX } from '../../kv/limits.ts';
import { quotable } from '../../kv/refusals.ts';
import { wrongArity } from '../../kv/command.ts';
import { ErrorReply, MapReply, OK } from '../../kv/reply.ts';
import type { Answer } from '../answer.ts';
import { bulkBytesMax, clientsBytesMax, clientsMax } from '../limits.ts';
import type { Service } from '../service.ts';
import type { Caller } from './connection-command.ts';
import { containerCommand } from './connection-command.ts';

export const CONFIG_COMMAND = containerCommand('CONFIG', 'admin noscript loading stale', [
  {
    name: 'GET',
    arity: -3,
    usage: '<pattern> [<pattern> ...]',
    help: 'Return parameters whose names match a pattern, and their values.',
    run: get,
  },
  {
    name: 'SET',
    arity: -4,
    usage: '<directive> <value> [<directive> <value> ...]',
    help: 'Accepted when the value is the present one: parameters are set when the process starts.',
    run: set,
  },
  {
    name: 'RESETSTAT',
    arity: 2,
    usage: '',
    help: 'Set the counts that INFO reports to zero.',
    run: ({ service }) => {
      service.statistics.connectionsReceived = 0;
      service.statistics.connectionsRejected = 0;
      service.statistics.commandsProcessed = 0;
      return OK;
    },
  },
]);

function parameters(service: Service): ReadonlyMap<string, string> {
  return new Map([
    ['appendfsync', 'always'],
    ['appendonly', 'yes'],
    ['cluster-enabled', service.mode === 'cluster' ? 'yes' : 'no'],
    ['databases', '1'],
    ['maxclients', String(clientsMax)],
    ['maxmemory', String(service.topology.status().data.quotaBytes)],
    ['maxmemory-clients', String(clientsBytesMax)],
    ['maxmemory-policy', 'noeviction'],
    ['notify-keyspace-events', ''],
    ['port', String(service.port)],
    ['proto-max-bulk-len', String(bulkBytesMax)],
    // Where there is one it is nobody's business, not even its length.
    ...(service.passwords === undefined ? [['requirepass', ''] as const] : []),
    ['save', ''],
    ['timeout', '0'],
  ]);
}

function get({ service }: Caller, args: readonly string[]): Answer {
  const globs: Glob[] = [];
  for (const pattern of args.slice(1)) {
    if (pattern.length > PATTERN_BYTES_MAX) {
      return new ErrorReply(`ERR a pattern is at most ${PATTERN_BYTES_MAX} bytes: '${quotable(pattern)}…'`);
    }
    globs.push(new Glob(pattern.toLowerCase()));
  }
  return new MapReply([...parameters(service)].filter(([name]) => globs.some((glob) => glob.matches(name))));
}

function set({ service }: Caller, args: readonly string[]): Answer {
  if (args.length % 2 === 0) return wrongArity('config|set');
  const present = parameters(service);
  for (let i = 1; i < args.length; i += 2) {
    const name = args[i] as string;
    const value = present.get(name.toLowerCase());
    if (value === undefined) {
      return new ErrorReply(`ERR Unknown option or number of arguments for CONFIG SET - '${quotable(name)}'`);
    }
    if (value !== (args[i + 1] as string).toLowerCase()) {
      return new ErrorReply(
        `ERR CONFIG SET failed (possibly related to argument '${quotable(name)}') - can't set immutable config`,
      );
    }
  }
  return OK;
}
