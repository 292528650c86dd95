/** CLIENT: what connections say about themselves, and what they may do to each other. */
import { parseInteger } from '../../kv/integer.ts';
import { SYNTAX_ERROR, quotable } from '../../kv/refusals.ts';
import { ErrorReply, MapReply, OK } from '../../kv/reply.ts';
import { NO_REPLY } from '../answer.ts';
import type { Answer } from '../answer.ts';
import type { Client } from '../client.ts';
import type { ClientHandle } from '../service.ts';
import type { Caller } from './connection-command.ts';
import { containerCommand } from './connection-command.ts';
import { refuseName } from './session.ts';

const NOT_TRACKING = new ErrorReply(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
);

export const CLIENT_COMMAND = containerCommand('CLIENT', 'noscript loading stale', [
  {
    name: 'ID',
    arity: 2,
    usage: '',
    help: 'Return the ID of the current connection.',
    run: ({ client }) => client.id,
  },
  {
    name: 'GETNAME',
    arity: 2,
    usage: '',
    help: 'Return the name of the current connection.',
    run: ({ client }) => (client.name === '' ? null : client.name),
  },
  {
    name: 'SETNAME',
    arity: 3,
    usage: '<name>',
    help: 'Assign the name <name> to the current connection.',
    run: setName,
  },
  {
    name: 'SETINFO',
    arity: 4,
    usage: '<LIB-NAME|LIB-VER> <value>',
    help: 'Say which client library this is.',
    run: setInfo,
  },
  {
    name: 'INFO',
    arity: 2,
    usage: '',
    help: 'Return information about the current connection.',
    run: (caller) => `${clientLine(caller.client, caller.service.clock())}\n`,
  },
  {
    name: 'LIST',
    arity: -2,
    usage: '[TYPE <normal|master|replica|pubsub>] [ID <id> [<id> ...]]',
    help: 'Return information about client connections of this port.',
    run: list,
  },
  {
    name: 'KILL',
    arity: -3,
    usage: '<ip:port> | [ID <id>] [ADDR <ip:port>] [LADDR <ip:port>] [SKIPME <yes|no>]',
    help: 'Close connections of this port.',
    run: kill,
  },
  {
    name: 'REPLY',
    arity: 3,
    usage: '<ON|OFF|SKIP>',
    help: 'Control the replies sent to the current connection.',
    run: reply,
  },
  {
    name: 'NO-EVICT',
    arity: 3,
    usage: '<ON|OFF>',
    help: 'Accepted: clients are never evicted.',
    run: onOrOff,
  },
  {
    name: 'NO-TOUCH',
    arity: 3,
    usage: '<ON|OFF>',
    help: 'Accepted: keys have no access time.',
    run: onOrOff,
  },
  {
    name: 'TRACKING',
    arity: -3,
    usage: '<ON|OFF>',
    help: 'Refused when ON: keys are not tracked for clients.',
    run: tracking,
  },
  {
    name: 'CACHING',
    arity: 3,
    usage: '<YES|NO>',
    help: 'Refused: keys are not tracked for clients.',
    run: () => NOT_TRACKING,
  },
  {
    name: 'GETREDIR',
    arity: 2,
    usage: '',
    help: 'Return -1: keys are not tracked for clients.',
    run: () => -1,
  },
  {
    name: 'TRACKINGINFO',
    arity: 2,
    usage: '',
    help: 'Report that keys are not tracked for clients.',
    run: () =>
      new MapReply([
        ['flags', ['off']],
        ['redirect', -1],
        ['prefixes', []],
      ]),
  },
]);

function setName({ client }: Caller, args: readonly string[]): Answer {
  const name = args[1] as string;
  const refused = refuseName('Client names', name);
  if (refused !== undefined) return refused;
  client.name = name;
  return OK;
}

function setInfo({ client }: Caller, args: readonly string[]): Answer {
  const [, option, value] = args as [string, string, string];
  const attribute = option.toUpperCase();
  if (attribute !== 'LIB-NAME' && attribute !== 'LIB-VER') {
    return new ErrorReply(`ERR Unrecognized option '${quotable(option)}'`);
  }
  const refused = refuseName(attribute.toLowerCase(), value);
  if (refused !== undefined) return refused;
  if (attribute === 'LIB-NAME') client.libraryName = value;
  else client.libraryVersion = value;
  return OK;
}

function list({ service }: Caller, args: readonly string[]): Answer {
  const nowMs = service.clock();
  let handles: Iterable<ClientHandle> = service.clients.values();
  if (args.length > 1) {
    const filter = (args[1] as string).toUpperCase();
    if (filter === 'TYPE' && args.length === 3) {
      const type = (args[2] as string).toLowerCase();
      if (!['normal', 'master', 'replica', 'slave', 'pubsub'].includes(type)) {
        return new ErrorReply(`ERR Unknown client type '${quotable(args[2] as string)}'`);
      }
      if (type !== 'normal') handles = [];
    } else if (filter === 'ID' && args.length > 2) {
      const chosen: ClientHandle[] = [];
      for (const text of args.slice(2)) {
        const id = parseInteger(text);
        if (typeof id !== 'number' || id < 1) return new ErrorReply('ERR Invalid client ID');
        const handle = service.clients.get(id);
        if (handle !== undefined) chosen.push(handle);
      }
      handles = chosen;
    } else {
      return SYNTAX_ERROR;
    }
  }
  let text = '';
  for (const { client } of handles) text += `${clientLine(client, nowMs)}\n`;
  return text;
}

/** One line of CLIENT LIST, with Redis's fields as far as they mean something here. */
function clientLine(client: Client, nowMs: number): string {
  const age = Math.max(0, Math.floor((nowMs - client.connectedAtMs) / 1000));
  const idle = Math.max(0, Math.floor((nowMs - client.lastRequestAtMs) / 1000));
  const flags = (client.queuedCommands >= 0 ? 'x' : '') + (client.readOnly ? 'r' : '');
  return (
    `id=${client.id} addr=${client.remoteAddress} laddr=${client.localAddress} name=${client.name} ` +
    `age=${age} idle=${idle} flags=${flags === '' ? 'N' : flags} db=0 sub=0 psub=0 ssub=0 ` +
    `multi=${client.queuedCommands} watch=${client.watchedKeys} ` +
    `cmd=${client.lastCommand === '' ? 'NULL' : client.lastCommand} user=default redir=-1 ` +
    `resp=${client.protocol} lib-name=${client.libraryName} lib-ver=${client.libraryVersion}`
  );
}

/** The old form names one address and answers OK; the new one takes filters and answers how many went. */
function kill(caller: Caller, args: readonly string[]): Answer {
  if (args.length === 2) {
    for (const handle of caller.service.clients.values()) {
      if (handle.client.remoteAddress !== args[1]) continue;
      killOne(caller, handle);
      return OK;
    }
    return new ErrorReply('ERR No such client');
  }
  if (args.length % 2 === 0) return SYNTAX_ERROR;
  const filters: ((client: Client) => boolean)[] = [];
  let skipMe = true;
  for (let i = 1; i < args.length; i += 2) {
    const value = args[i + 1] as string;
    const filter = killFilter((args[i] as string).toUpperCase(), value);
    if (filter instanceof ErrorReply) return filter;
    if (filter === 'skipMe') skipMe = value.toLowerCase() === 'yes';
    else filters.push(filter);
  }
  const chosen = [...caller.service.clients.values()].filter(
    ({ client }) => !(skipMe && client === caller.client) && filters.every((filter) => filter(client)),
  );
  for (const handle of chosen) killOne(caller, handle);
  return chosen.length;
}

function killFilter(name: string, value: string): ((client: Client) => boolean) | 'skipMe' | ErrorReply {
  switch (name) {
    case 'ID': {
      const id = parseInteger(value);
      if (typeof id !== 'number' || id < 1) {
        return new ErrorReply('ERR client-id should be greater than 0');
      }
      return (client) => client.id === id;
    }
    case 'ADDR':
      return (client) => client.remoteAddress === value;
    case 'LADDR':
      return (client) => client.localAddress === value;
    case 'USER':
      return value === 'default' ? () => true : new ErrorReply(`ERR No such user '${quotable(value)}'`);
    case 'TYPE':
      return () => value.toLowerCase() === 'normal';
    case 'SKIPME':
      return ['yes', 'no'].includes(value.toLowerCase()) ? 'skipMe' : SYNTAX_ERROR;
    default:
      return SYNTAX_ERROR;
  }
}

function killOne(caller: Caller, handle: ClientHandle): void {
  if (handle.client === caller.client) caller.endAfterReplies();
  else handle.kill();
}

function reply({ client }: Caller, args: readonly string[]): Answer {
  switch ((args[1] as string).toUpperCase()) {
    case 'ON':
      client.replyMode = 'on';
      return OK;
    case 'OFF':
      client.replyMode = 'off';
      return NO_REPLY;
    case 'SKIP':
      if (client.replyMode === 'on') client.replyMode = 'skipNext';
      return NO_REPLY;
    default:
      return SYNTAX_ERROR;
  }
}

function onOrOff(_caller: Caller, args: readonly string[]): Answer {
  return ['ON', 'OFF'].includes((args[1] as string).toUpperCase()) ? OK : SYNTAX_ERROR;
}

function tracking(_caller: Caller, args: readonly string[]): Answer {
  const mode = (args[1] as string).toUpperCase();
  if (mode === 'OFF') return OK;
  return mode === 'ON' ? new ErrorReply('ERR client tracking is not supported') : SYNTAX_ERROR;
}
