/** `kv.txn`: conditions, and one of two branches, at one moment and under one revision. */
import { command } from '../command.ts';
import type { Command, Context } from '../command.ts';
import { conditionHolds } from '../condition.ts';
import { INTERNAL } from '../internal-codes.ts';
import { TXN_REPLY_BYTES_MAX } from '../limits.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';
import type { QueuedCommand } from '../transaction.ts';
import { refuseTransaction } from '../transaction-bounds.ts';
import { decodeTxn } from '../txn.ts';

export const TXN_COMMANDS: readonly Command[] = [
  // Whether it grows depends on what is in it: see `growsData`.
  command(INTERNAL.txn, 'kv.txn', -3, 'write', '', executeTxn),
];

const REPLY_TOO_LARGE = new ErrorReply(
  `REPLYTOOLARGE the values that the transaction reads are over ${TXN_REPLY_BYTES_MAX} bytes: nothing was done`,
);

/** See `encodeTxn` → [1 for the first branch or 0 for the second, replies of its commands, the store's revision after it]. */
function executeTxn(store: Store, args: readonly string[], context: Context): Reply {
  const { comparisons, success, failure } = decodeTxn(args);
  const refusal = refuseTransaction(store, comparisons.length, [...success, ...failure]);
  if (refusal !== undefined) return refusal;
  const holds = comparisons.every(
    ({ key, condition }) => conditionHolds(store.find(key), condition.kind, condition.expected) === true,
  );
  const branch = holds ? success : failure;
  if (readBytesMax(store, branch) > TXN_REPLY_BYTES_MAX) return REPLY_TOO_LARGE;
  const replies = branch.map(({ code, args: own }) => store.executeWithin(code, own, context));
  return [holds ? 1 : 0, replies, store.revision];
}

/** What the branch may read, at most: of a key that it also writes, the longest value that it may find. */
function readBytesMax(store: Store, branch: readonly QueuedCommand[]): number {
  const written = new Map<string, number>();
  let bytes = 0;
  for (const { code, args } of branch) {
    const [key = '', value = ''] = args;
    if (code === INTERNAL.put) written.set(key, Math.max(written.get(key) ?? 0, value.length));
    if (code === INTERNAL.get) {
      bytes += Math.max(store.find(key)?.value.length ?? 0, written.get(key) ?? 0);
    }
  }
  return bytes;
}
