/**
 * What one client does in its session: it numbers its requests, and sends one whose answer it has not got once more,
 * until it has. Now and then it also does what a client should not.
 */
import { INTERNAL } from '../src/kv/internal-codes.ts';
import { encodeOnce } from '../src/kv/once.ts';
import { DISK_FULL, OUT_OF_MEMORY } from '../src/kv/refusals.ts';
import { ErrorReply, OK } from '../src/kv/reply.ts';
import { Failure, type Outcome } from '../src/replica/door.ts';
import type { Random } from './random.ts';

export interface Call {
  readonly code: number;
  readonly args: readonly string[];
}

/** Share of answers that get lost behind the door, so that the client asks again. */
const LOST_ANSWER_SHARE = 0.1;
/** Share of requests with a number that is too low, or that was used for another request. */
const WRONG_SHARE = 0.06;
/** Of what was refused for want of room: sent again as it is. */
const INSIST_SHARE = 0.5;
const END_SHARE = 0.02;

export class SessionUser {
  readonly #random: Random;
  #id: string | undefined;
  #sequence = 0;
  #requests = 0;
  /** Sent, and not known to be done. */
  #open: Call | undefined;
  /** The newest that is known to be done. */
  #done: Call | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next call; `drawWrite` draws what is asked for in it. */
  draw(drawWrite: () => Call): Call {
    if (this.#open !== undefined) return this.#open;
    const id = this.#id;
    if (id === undefined) return { code: INTERNAL.openSession, args: [this.#drawId()] };
    if (this.#done !== undefined) {
      if (this.#random.chance(LOST_ANSWER_SHARE)) return this.#done;
      if (this.#random.chance(WRONG_SHARE)) {
        return this.#inSession(id, Math.max(1, this.#sequence - this.#random.integer(0, 1)), drawWrite());
      }
    }
    if (this.#random.chance(END_SHARE)) {
      this.#forget();
      return { code: INTERNAL.endSession, args: [id] };
    }
    this.#sequence += this.#random.integer(1, 3);
    this.#open = this.#inSession(id, this.#sequence, drawWrite());
    return this.#open;
  }

  /** A call has its outcome. One that has none for ever is never told. */
  settled({ code, args }: Call, outcome: Outcome): void {
    if (outcome instanceof Failure) return;
    if (code === INTERNAL.openSession && outcome === OK) {
      this.#forget();
      this.#id = args[0];
    }
    if (code !== INTERNAL.once || args[0] !== this.#id) return;
    if (outcome instanceof ErrorReply && outcome.message.startsWith('NOSESSION')) this.#forget();
    else if (args === this.#open?.args) {
      const refused = outcome === OUT_OF_MEMORY || outcome === DISK_FULL;
      if (refused && this.#random.chance(INSIST_SHARE)) return;
      if (!refused) this.#done = this.#open;
      this.#open = undefined;
    }
  }

  #forget(): void {
    this.#id = undefined;
    this.#sequence = 0;
    this.#open = undefined;
    this.#done = undefined;
  }

  /** Each request has a fingerprint of its own: here nobody needs to compute one. */
  #inSession(session: string, sequence: number, { code, args }: Call): Call {
    this.#requests += 1;
    return { code: INTERNAL.once, args: encodeOnce({ session, sequence }, `f${this.#requests}`, code, args) };
  }

  #drawId(): string {
    const half = (): string =>
      this.#random
        .integer(0, 2 ** 32 - 1)
        .toString(16)
        .padStart(8, '0');
    return half() + half();
  }
}
