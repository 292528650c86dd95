/**
 * What a client may expect of sessions, written down as dumbly as possible and apart from the real table: a list, the
 * least recently named session first, searched from end to end.
 */
import { DISK_FULL, OUT_OF_MEMORY } from '../src/kv/refusals.ts';
import { Double, ErrorReply, MapReply, type Reply, Status } from '../src/kv/reply.ts';
import type { SessionLimits } from '../src/kv/session-limits.ts';

interface Session {
  readonly id: string;
  sequence: number;
  fingerprint: string;
  reply: Reply;
  /** Undefined while there is no reply, or none that is kept. */
  replyBytes: number | undefined;
}

/** Of a session beside its reply: written down a second time, since it decides who is evicted. */
const SESSION_BYTES = 256;

export class NaiveSessions {
  readonly #limits: SessionLimits;
  #list: Session[] = [];

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  open(id: string): boolean {
    if (this.#list.some((session) => session.id === id)) return false;
    this.#list.push({ id, sequence: 0, fingerprint: '', reply: null, replyBytes: undefined });
    this.#evict();
    return true;
  }

  end(id: string): number {
    const before = this.#list.length;
    this.#list = this.#list.filter((session) => session.id !== id);
    return before - this.#list.length;
  }

  once(id: string, sequence: number, fingerprint: string, execute: () => Reply): Reply {
    const session = this.#list.find((each) => each.id === id);
    if (session === undefined) return NO_SESSION;
    this.#list = [...this.#list.filter((each) => each !== session), session];
    if (sequence < session.sequence) {
      return new ErrorReply(
        `OLDSEQUENCE the session has gone on to sequence ${session.sequence}, which is above ${sequence}: nothing was done now`,
      );
    }
    if (sequence === session.sequence) {
      if (fingerprint !== session.fingerprint) return OTHER_REQUEST;
      return session.replyBytes === undefined ? this.#notKept : [1, session.reply];
    }
    const reply = execute();
    // Nothing was done: the number may be used again.
    if (reply === DISK_FULL || reply === OUT_OF_MEMORY) return reply;
    const bytes = textBytes(reply);
    Object.assign(session, { sequence, fingerprint, reply });
    session.replyBytes = bytes > this.#limits.replyBytesMax ? undefined : bytes;
    this.#evict();
    return [0, reply];
  }

  get #notKept(): Reply {
    return new ErrorReply(
      `REPLYNOTKEPT it was done, but its reply was over ${this.#limits.replyBytesMax} bytes and is not kept`,
    );
  }

  #evict(): void {
    const bytes = (): number =>
      this.#list.reduce((sum, { replyBytes = 0 }) => sum + SESSION_BYTES + replyBytes, 0);
    while (this.#list.length > this.#limits.sessionsMax || bytes() > this.#limits.bytesMax)
      this.#list.shift();
  }
}

const NO_SESSION = new ErrorReply(
  'NOSESSION there is no such session: it was never opened, has ended, or was evicted; what it had asked for may have been done',
);
const OTHER_REQUEST = new ErrorReply(
  'OTHERREQUEST this sequence number was used for another request: nothing was done now',
);

/** As long as the text that the real table keeps: a sign for the kind, then what it holds and its marks. */
function textBytes(reply: Reply): number {
  if (reply === null) return 1;
  if (typeof reply === 'number' || typeof reply === 'bigint') return 2 + String(reply).length;
  if (typeof reply === 'string') return lengthened(reply.length);
  if (reply instanceof Status) return lengthened(reply.text.length);
  if (reply instanceof ErrorReply) return lengthened(reply.message.length);
  if (reply instanceof Double || reply instanceof MapReply)
    throw new Error('no command of the load gives it');
  return reply.reduce<number>((sum, each) => sum + textBytes(each), 2 + String(reply.length).length);
}

function lengthened(length: number): number {
  return 2 + String(length).length + length;
}
