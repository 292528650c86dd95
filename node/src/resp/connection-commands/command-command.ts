/** COMMAND: the command table as clients read it, to find keys and to complete what people type. */
import { Glob } from '../../kv/glob.ts';
import { PATTERN_BYTES_MAX } from '../../kv/limits.ts';
import { SYNTAX_ERROR, quotable } from '../../kv/refusals.ts';
import { ErrorReply, MapReply, Status } from '../../kv/reply.ts';
import type { Reply } from '../../kv/reply.ts';
import type { Answer } from '../answer.ts';
import type { CommandEntry } from '../command-table.ts';
import type { Caller, ConnectionCommand } from './connection-command.ts';
import { containerCommand, fitsArity } from './connection-command.ts';

/** The table is asked for late, because COMMAND is in it. */
export function commandCommand(table: () => ReadonlyMap<string, CommandEntry>): ConnectionCommand {
  const find = (name: string) => table().get(name.toLowerCase());
  const container = containerCommand('COMMAND', 'loading stale', [
    {
      name: 'COUNT',
      arity: 2,
      usage: '',
      help: 'Return the total number of commands in this server.',
      run: () => table().size,
    },
    {
      name: 'INFO',
      arity: -2,
      usage: '[<command-name> ...]',
      help: 'Return details about commands, about all when no names are given.',
      run: (_caller, args) => {
        if (args.length === 1) return describeAll(table());
        return args.slice(1).map((name) => describeOrNull(find(name)));
      },
    },
    {
      name: 'DOCS',
      arity: -2,
      usage: '[<command-name> ...]',
      help: 'Return documentation about commands, about all when no names are given.',
      run: (_caller, args) => {
        const entries = args.length === 1 ? [...table().values()] : args.slice(1).map(find);
        return new MapReply(entries.flatMap((entry) => (entry === undefined ? [] : [document(entry)])));
      },
    },
    {
      name: 'LIST',
      arity: -2,
      usage: '[FILTERBY PATTERN <pattern>]',
      help: 'Return the names of all commands, or of those that match.',
      run: (_caller, args) => listNames(table(), args),
    },
    {
      name: 'GETKEYS',
      arity: -4,
      usage: '<full-command>',
      help: 'Return the keys of a command.',
      run: (_caller, args) => keysOfCommand(find(args[1] as string), args.slice(2)),
    },
  ]);
  const run = (caller: Caller, args: readonly string[]): Answer =>
    args.length === 0 ? describeAll(table()) : container.run(caller, args);
  return {
    ...container,
    arity: -1,
    refuse: (args) => (args.length === 0 ? undefined : container.refuse(args)),
    run,
  };
}

/** The keys among arguments that are given without the command's name. */
export function keysOf(entry: CommandEntry, args: readonly string[]): string[] {
  const { first, last, step } = entry.keys;
  if (first === 0) return [];
  const end = last < 0 ? args.length + last : last - 1;
  const keys: string[] = [];
  for (let i = first - 1; i <= end && i < args.length; i += step) keys.push(args[i] as string);
  return keys;
}

function keysOfCommand(entry: CommandEntry | undefined, args: readonly string[]): Answer {
  if (entry === undefined) return new ErrorReply('ERR Invalid command specified');
  if (!fitsArity(entry.arity, args.length)) {
    return new ErrorReply('ERR Invalid number of arguments specified for command');
  }
  const keys = keysOf(entry, args);
  return keys.length > 0 ? keys : new ErrorReply('ERR The command has no key arguments');
}

function describeAll(table: ReadonlyMap<string, CommandEntry>): Reply {
  return [...table.values()].map(describe);
}

function describeOrNull(entry: CommandEntry | undefined): Reply {
  return entry === undefined ? null : describe(entry);
}

/** Ten fields since Redis 7: name, arity, flags, three about keys, ACL categories, tips, key specifications, subcommands. */
function describe(entry: CommandEntry): Reply {
  const { first, last, step } = entry.keys;
  const flags = entry.flags.map((flag) => new Status(flag));
  const subcommands = entry.subcommands.map((name) => describeSubcommand(entry, name));
  return [entry.name, entry.arity, flags, first, last, step, categories(entry), [], [], subcommands];
}

function describeSubcommand(entry: CommandEntry, name: string): Reply {
  const flags = entry.flags.map((flag) => new Status(flag));
  return [`${entry.name}|${name}`, -2, flags, 0, 0, 0, categories(entry), [], [], []];
}

function categories(entry: CommandEntry): Reply[] {
  const names: string[] = [];
  if (entry.flags.includes('write')) names.push('@write');
  if (entry.flags.includes('readonly')) names.push('@read');
  if (entry.data === undefined && entry.submit === undefined) names.push('@connection');
  names.push(entry.flags.includes('fast') ? '@fast' : '@slow');
  return names.map((name) => new Status(name));
}

function document(entry: CommandEntry): [Reply, Reply] {
  const summary = entry.summary ?? `As in Redis: https://redis.io/commands/${entry.name}`;
  return [
    entry.name,
    new MapReply([
      ['summary', summary],
      ['since', '1.0.0'],
      ['group', groupOf(entry)],
    ]),
  ];
}

function groupOf(entry: CommandEntry): string {
  if (entry.data !== undefined) return 'generic';
  return entry.run === undefined ? 'transactions' : 'connection';
}

function listNames(table: ReadonlyMap<string, CommandEntry>, args: readonly string[]): Answer {
  const names = [...table.keys()];
  if (args.length === 1) return names;
  if (args.length !== 4 || (args[1] as string).toUpperCase() !== 'FILTERBY') return SYNTAX_ERROR;
  const filter = (args[2] as string).toUpperCase();
  // No modules and no lists of access rights here, so nothing belongs to one.
  if (filter === 'MODULE' || filter === 'ACLCAT') return [];
  if (filter !== 'PATTERN') return SYNTAX_ERROR;
  const pattern = args[3] as string;
  if (pattern.length > PATTERN_BYTES_MAX) {
    return new ErrorReply(`ERR a pattern is at most ${PATTERN_BYTES_MAX} bytes: '${quotable(pattern)}…'`);
  }
  const glob = new Glob(pattern.toLowerCase());
  return names.filter((name) => glob.matches(name));
}
