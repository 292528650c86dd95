/**
 * `PXKV.SESSION` and `PXKV.ONCE`: a client that has opened a session numbers its requests, and sends one whose answer it
 * has not got once more, at any replica. It is done once, and the same reply comes again. What the two ask for becomes one
 * command of the log; `finish` makes its outcome the answer.
 */
import { createHash, randomBytes } from 'node:crypto';
import { INTERNAL } from '../kv/internal-codes.ts';
import { wrongArity } from '../kv/command.ts';
import { encodeOnce, type OnceKey, parseSequence, SESSION_PATTERN } from '../kv/once.ts';
import { quotable } from '../kv/refusals.ts';
import { ErrorReply, OK, Status } from '../kv/reply.ts';
import type { Reply } from '../kv/reply.ts';
import { encodeTransaction } from '../kv/transaction.ts';
import type { Answer } from './answer.ts';
import type { CommandEntry } from './command-table.ts';
import type { Caller } from './connection-commands/connection-command.ts';
import { refuseData } from './command-refusal.ts';
import { fitsArity, unknownSubcommand } from './connection-commands/connection-command.ts';
import type { Transaction } from './transaction.ts';

/** What goes into the log for a request. */
export interface Submission {
  readonly code: number;
  readonly args: readonly string[];
  /** The connection answers a part of it itself, and must not go on before. */
  readonly local: boolean;
  readonly finish: (outcome: Answer) => Answer;
}

/** Lines are answered at once, an error refuses the request, a submission waits for the log. */
export type Submit = (args: readonly string[], context: SubmitContext) => Submission | ErrorReply | Status[];

export interface SubmitContext {
  readonly caller: Caller;
  readonly transaction: Transaction;
  readonly find: (name: string) => CommandEntry | undefined;
}

/** 64 random bits: nobody draws an id a second time, and nobody guesses one. */
const SESSION_BYTES = 8;
/** Of a SHA-256: two different requests never have the same. */
const FINGERPRINT_BYTES = 16;

export const SESSION_SUBCOMMANDS: readonly string[] = ['open', 'end', 'help'];

const HELP = [
  'PXKV.SESSION <subcommand> [<arg> ...]. Subcommands are:',
  'OPEN',
  '    Open a session and return its id, for PXKV.ONCE.',
  'END <session>',
  '    End a session; return 1, or 0 when there is no such session.',
  'HELP',
  '    Print this help.',
].map((line) => new Status(line));

const IN_MULTI = new ErrorReply(
  'ERR PXKV.SESSION and PXKV.ONCE inside MULTI are not allowed, except PXKV.ONCE ... EXEC',
);
const WATCHED = new ErrorReply(
  'ERR PXKV.ONCE ... EXEC is not for watched keys: sent again, it would compare with what has changed since',
);

/** `PXKV.SESSION OPEN`, `END`, `HELP`. */
export const submitSession: Submit = (args, { transaction }) => {
  if (transaction.open) return IN_MULTI;
  const [subcommand = '', id = ''] = args;
  const name = subcommand.toLowerCase();
  if (!SESSION_SUBCOMMANDS.includes(name)) return unknownSubcommand('PXKV.SESSION', subcommand);
  if (args.length !== (name === 'end' ? 2 : 1)) return wrongArity(`pxkv.session|${name}`);
  if (name === 'help') return HELP;
  if (name === 'end') {
    return refuseSession(id) ?? { code: INTERNAL.endSession, args: [id], local: false, finish: unchanged };
  }
  const drawn = randomBytes(SESSION_BYTES).toString('hex');
  const finish = (outcome: Answer): Answer => (outcome === OK ? drawn : outcome);
  return { code: INTERNAL.openSession, args: [drawn], local: false, finish };
};

/** `PXKV.ONCE session sequence command …`, of which the command is one about data, or `EXEC`. */
export const submitOnce: Submit = (args, context) => {
  const [session = '', number = '', name = '', ...own] = args;
  const refused = refuseSession(session);
  if (refused !== undefined) return refused;
  const sequence = parseSequence(number);
  if (sequence === undefined) {
    return new ErrorReply(
      `ERR sequence must be a whole number from 1 to 2^53 - 1: it is '${quotable(number)}'`,
    );
  }
  const key = { session, sequence };
  const entry = context.find(name);
  if (entry?.transaction === 'exec') return submitExec(key, own, context);
  if (context.transaction.open) return IN_MULTI;
  if (entry?.data === undefined) {
    return new ErrorReply(`ERR PXKV.ONCE is for commands about data and EXEC: it is '${quotable(name)}'`);
  }
  if (!fitsArity(entry.arity, own.length)) return wrongArity(entry.name);
  const refusal = refuseData(entry.data, own);
  if (refusal !== undefined) return refusal;
  return once(key, entry.data.code, own, false, unchanged);
};

function submitExec(
  key: OnceKey,
  own: readonly string[],
  { caller, transaction }: SubmitContext,
): Submission | ErrorReply {
  if (own.length > 0) return transaction.abort(wrongArity('exec'));
  if (transaction.watchedKeys > 0) return transaction.abort(WATCHED);
  const execution = transaction.take(caller);
  if (execution instanceof ErrorReply) return execution;
  const args = execution.args ?? encodeTransaction([], 0, []);
  return once(key, INTERNAL.exec, args, execution.local, execution.finish);
}

function once(
  key: OnceKey,
  code: number,
  args: readonly string[],
  local: boolean,
  finish: (outcome: Answer) => Answer,
): Submission {
  return {
    code: INTERNAL.once,
    args: encodeOnce(key, fingerprintOf(code, args), code, args),
    local,
    // An error by itself is the session's, or for want of room: it is no reply of what is inside.
    finish: (outcome) => (Array.isArray(outcome) ? finish((outcome as [number, Reply])[1]) : outcome),
  };
}

function unchanged(outcome: Answer): Answer {
  return outcome;
}

function refuseSession(id: string): ErrorReply | undefined {
  if (SESSION_PATTERN.test(id)) return undefined;
  return new ErrorReply(`ERR session must be 16 hexadecimal digits in lower case: it is '${quotable(id)}'`);
}

/** Of all that says what is asked for. Never changed: a client may send the same again after an upgrade. */
function fingerprintOf(code: number, args: readonly string[]): string {
  const hash = createHash('sha256').update(`resp ${code}\n`);
  for (const arg of args) hash.update(`${arg.length}:`).update(arg, 'latin1');
  return hash.digest('binary').slice(0, FINGERPRINT_BYTES);
}
