/** Greeting, leaving, and the small commands that need nothing but the connection. */
import { parseInteger } from '../../kv/integer.ts';
import { NOT_AN_INTEGER, SYNTAX_ERROR, quotable } from '../../kv/refusals.ts';
import { wrongArity } from '../../kv/command.ts';
import { ErrorReply, MapReply, OK, Status } from '../../kv/reply.ts';
import type { Reply } from '../../kv/reply.ts';
import type { Answer } from '../answer.ts';
import { clientNameBytesMax } from '../limits.ts';
import { redisVersion } from '../version.ts';
import type { Caller, ConnectionCommand } from './connection-command.ts';
import { connectionCommand } from './connection-command.ts';

const MICROSECONDS_PER_MS = 1000;

const WRONG_PASSWORD = new ErrorReply('WRONGPASS invalid username-password pair or user is disabled.');
const NO_PASSWORD_SET = new ErrorReply(
  'ERR AUTH <password> called without any password configured for the default user. ' +
    'Are you sure your configuration is correct?',
);

const HELLO_FIRST = new ErrorReply(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> ' +
    'option can be used to authenticate the client and select the RESP protocol version at the same time',
);

/** There is no other. */
const USER = 'default';

/** Bytes of a name that would break the lists it is printed in. */
const UNPRINTABLE = /[^!-~]/;

export const SESSION_COMMANDS: readonly ConnectionCommand[] = [
  connectionCommand('PING', -1, 'fast', ping),
  connectionCommand('ECHO', 2, 'fast', (_caller, args) => args[0] as string),
  connectionCommand('HELLO', -1, 'noscript loading stale fast no_auth allow_busy', hello),
  connectionCommand('AUTH', -2, 'noscript loading stale fast no_auth allow_busy', auth),
  connectionCommand('SELECT', 2, 'loading stale fast', select),
  connectionCommand('TIME', 1, 'loading stale fast', time),
  connectionCommand('QUIT', -1, 'noscript loading stale fast no_auth allow_busy', quit),
  connectionCommand('RESET', 1, 'noscript loading stale fast no_auth allow_busy', reset),
];

function ping(_caller: Caller, args: readonly string[]): Answer {
  if (args.length > 1) return wrongArity('ping');
  return args[0] ?? new Status('PONG');
}

function hello(caller: Caller, args: readonly string[]): Answer {
  const { client } = caller;
  let protocol = client.protocol;
  let name: string | undefined;
  let credentials: readonly [user: string, password: string] | undefined;
  if (args[0] !== undefined) {
    const version = parseInteger(args[0]);
    if (version === undefined) {
      return new ErrorReply('ERR Protocol version is not an integer or out of range');
    }
    if (version !== 2 && version !== 3) return new ErrorReply('NOPROTO unsupported protocol version');
    protocol = version;
  }
  for (let i = 1; i < args.length;) {
    const option = (args[i] as string).toUpperCase();
    const left = args.length - i - 1;
    if (option === 'AUTH' && left >= 2) {
      credentials = [args[i + 1] as string, args[i + 2] as string];
      i += 3;
    } else if (option === 'SETNAME' && left >= 1) {
      name = args[i + 1] as string;
      const refused = refuseName('Client names', name);
      if (refused !== undefined) return refused;
      i += 2;
    } else {
      return new ErrorReply(`ERR Syntax error in HELLO option '${quotable(args[i] as string)}'`);
    }
  }
  if (credentials !== undefined && !authenticate(caller, ...credentials)) return WRONG_PASSWORD;
  if (!client.authenticated) return HELLO_FIRST;
  client.protocol = protocol;
  if (name !== undefined) client.name = name;
  const entries: [string, Reply][] = [
    ['server', 'redis'],
    ['version', redisVersion],
    ['proto', protocol],
    ['id', client.id],
    ['mode', caller.service.mode === 'cluster' ? 'cluster' : 'standalone'],
    ['role', 'master'],
    ['modules', []],
  ];
  return new MapReply(entries);
}

/** Undefined when the name may be used; `what` begins the error's text. */
export function refuseName(what: string, name: string): ErrorReply | undefined {
  if (UNPRINTABLE.test(name)) {
    return new ErrorReply(`ERR ${what} cannot contain spaces, newlines or special characters.`);
  }
  if (name.length > clientNameBytesMax) {
    return new ErrorReply(`ERR ${what} cannot be longer than ${clientNameBytesMax} bytes.`);
  }
  return undefined;
}

function auth(caller: Caller, args: readonly string[]): Answer {
  if (args.length > 2) return SYNTAX_ERROR;
  if (args.length === 1 && caller.service.passwords === undefined) return NO_PASSWORD_SET;
  const [user, password] = (args.length === 1 ? [USER, ...args] : args) as [string, string];
  return authenticate(caller, user, password) ? OK : WRONG_PASSWORD;
}

/** Where no password is set the default user is let in with any, as in Redis. A client that fails stays what it was. */
function authenticate(caller: Caller, user: string, given: string): boolean {
  const { passwords, observer } = caller.service;
  // Looked for under any user's name, so that the time it takes tells nothing.
  const password = passwords?.match(given);
  if (user === USER && (passwords === undefined || password !== undefined)) {
    caller.admit(password);
    return true;
  }
  observer?.({ kind: 'refusedAccess', door: 'redis', from: caller.client.remoteAddress });
  return false;
}

function select(caller: Caller, args: readonly string[]): Answer {
  const index = parseInteger(args[0] as string);
  if (index === undefined) return NOT_AN_INTEGER;
  if (index === 0) return OK;
  if (caller.service.mode === 'cluster') return new ErrorReply('ERR SELECT is not allowed in cluster mode');
  return new ErrorReply('ERR DB index is out of range');
}

function time(caller: Caller): Answer {
  const nowMs = caller.service.clock();
  const seconds = Math.floor(nowMs / 1000);
  const microseconds = Math.floor((nowMs - seconds * 1000) * MICROSECONDS_PER_MS);
  return [String(seconds), String(microseconds)];
}

function quit(caller: Caller): Answer {
  caller.endAfterReplies();
  return OK;
}

function reset(caller: Caller): Answer {
  caller.reset();
  return new Status('RESET');
}
