/**
 * Which version of agreement a command needs: until the cluster has agreed on it, some replica may not know how to apply
 * the command, or may apply it otherwise.
 */
import { INTERNAL } from './internal-codes.ts';

/**
 * The first version in which long commands are bounded in the log, and put and delete many keys in the order of the keys: see
 * `Store.agreedVersion`.
 */
export const BOUNDED_SINCE = 2;
/** Sessions, transactions with conditions, and what came later. */
const FIRST_CODE_OF_VERSION_2 = INTERNAL.openSession;
/** Where the kind of the condition stands among the arguments. */
const CONDITION_OF_PUT = 2;
const CONDITION_OF_DELETE = 1;

export function versionNeeded(code: number, args: readonly string[]): number {
  if (code >= FIRST_CODE_OF_VERSION_2) return 2;
  if (code === INTERNAL.put) return args[CONDITION_OF_PUT] === 'tags' ? 2 : 1;
  if (code === INTERNAL.delete) return args[CONDITION_OF_DELETE] === 'tags' ? 2 : 1;
  return 1;
}
