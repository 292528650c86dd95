/**
 * A command in a session, as the arguments of one command of the log:
 *
 *     session, sequence, fingerprint, code, then the command's own arguments
 *
 * Only our doors write this, after they have checked it.
 */
import assert from 'node:assert/strict';
import { INTERNAL } from './internal-codes.ts';
import type { QueuedCommand } from './transaction.ts';

const HEAD = 4;

/** What a client names its request by. */
export interface OnceKey {
  readonly session: string;
  /** 1 to 2^53 − 1; higher with each new request of the session. */
  readonly sequence: number;
}

/** 16 hexadecimal digits: as many as nobody guesses, and two of them never meet. */
export const SESSION_PATTERN = /^[0-9a-f]{16}$/;

/** Undefined unless the text is a whole number from 1 to 2^53 − 1. */
export function parseSequence(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,15}$/.test(text)) return undefined;
  const sequence = Number(text);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** `fingerprint`: stands for all that the client asked for, so that another request under the same key is told apart. */
export function encodeOnce(
  { session, sequence }: OnceKey,
  fingerprint: string,
  code: number,
  args: readonly string[],
): string[] {
  assert(mayBeInside(code), 'sessions-do-not-nest: a command in a session is not one about sessions');
  return [session, String(sequence), fingerprint, String(code), ...args];
}

/** What it is named by. */
export function keyOfOnce([session = '', sequence]: readonly string[]): OnceKey {
  return { session, sequence: Number(sequence) };
}

/** The command inside. */
export function commandOfOnce(args: readonly string[]): QueuedCommand {
  return { code: Number(args[HEAD - 1]), args: args.slice(HEAD) };
}

function mayBeInside(code: number): boolean {
  return code !== INTERNAL.once && code !== INTERNAL.openSession && code !== INTERNAL.endSession;
}
