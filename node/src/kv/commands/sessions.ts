/** Commands of sessions: to open one, to end it, and to do something in it exactly once. */
import { command } from '../command.ts';
import type { Command, Context } from '../command.ts';
import { INTERNAL } from '../internal-codes.ts';
import { commandOfOnce } from '../once.ts';
import { ErrorReply, OK } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { replyOfText, replyText } from '../reply-text.ts';
import type { Store } from '../store.ts';

export const SESSION_COMMANDS: readonly Command[] = [
  command(INTERNAL.openSession, 'kv.session.open', 2, 'write', '', open),
  command(INTERNAL.endSession, 'kv.session.end', 2, 'write', '', end),
  // Whether it grows depends on what is in it: see `growsData`.
  command(INTERNAL.once, 'kv.once', -5, 'write', '', once),
];

const EXISTS = new ErrorReply('ERR there is a session of this id already');
const NO_SESSION = new ErrorReply(
  'NOSESSION there is no such session: it was never opened, has ended, or was evicted; ' +
    'what it had asked for may have been done',
);
const OTHER_REQUEST = new ErrorReply(
  'OTHERREQUEST this sequence number was used for another request: nothing was done now',
);

/** id → OK. */
function open(store: Store, args: readonly string[]): Reply {
  return store.sessions.open(args[0] as string) ? OK : EXISTS;
}

/** id → 1, or 0 when there is no such session. */
function end(store: Store, args: readonly string[]): Reply {
  return store.sessions.end(args[0] as string) ? 1 : 0;
}

/**
 * See `encodeOnce` → [replayed, reply]: 0 and the reply when it was done now, 1 and the same reply when it had been done
 * before. An error by itself says that nothing was done now.
 */
function once(store: Store, args: readonly string[], context: Context): Reply {
  const [id, sequenceText, fingerprint] = args as [string, string, string];
  const session = store.sessions.name(id);
  if (session === undefined) return NO_SESSION;
  const sequence = Number(sequenceText);
  if (sequence < session.sequence) return oldSequence(sequence, session.sequence);
  if (sequence === session.sequence) {
    if (fingerprint !== session.fingerprint) return OTHER_REQUEST;
    return session.reply === undefined ? replyNotKept(store) : [1, replyOfText(session.reply)];
  }
  const inner = commandOfOnce(args);
  // The sequence number stays free: what is refused for want of room may be sent again.
  const refusal = store.refuseGrowth(inner.code, inner.args);
  if (refusal !== undefined) return refusal;
  const reply = store.executeWithin(inner.code, inner.args, context);
  const kept = replyText(reply, store.sessions.limits.replyBytesMax);
  store.sessions.replace({ id, sequence, fingerprint, reply: kept });
  return [0, reply];
}

function oldSequence(sequence: number, last: number): ErrorReply {
  return new ErrorReply(
    `OLDSEQUENCE the session has gone on to sequence ${last}, which is above ${sequence}: nothing was done now`,
  );
}

function replyNotKept(store: Store): ErrorReply {
  const { replyBytesMax } = store.sessions.limits;
  return new ErrorReply(
    `REPLYNOTKEPT it was done, but its reply was over ${replyBytesMax} bytes and is not kept`,
  );
}
