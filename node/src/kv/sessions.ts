/**
 * Sessions of clients that want their writes done exactly once: for each the highest sequence number that it used, a
 * fingerprint of that request, and the reply. A client that has not heard sends the same again, to any replica and at
 * any time; if it was done, it gets the reply that it missed.
 *
 * The table is part of the state, like keys: only commands of the log change it. It is bounded; over a bound the session
 * goes that no command has named for longest. That order is the log's, so every replica evicts the same one. What is
 * evicted is forgotten for good: its client is refused, and must never be taken for a new one.
 */
import assert from 'node:assert/strict';
import { SESSION_BYTES, type SessionLimits } from './session-limits.ts';

/** A session as it was at one moment: it never changes. */
export interface SessionImage {
  /** Drawn at random by the door that opened it: 16 hexadecimal digits. */
  readonly id: string;
  /** The highest sequence number done; 0 before the first. */
  readonly sequence: number;
  /** Of that request, as its door computed it; '' before the first. */
  readonly fingerprint: string;
  /** The reply to it, see `reply-text.ts`; undefined when it was too long to be kept, and before the first. */
  readonly reply: string | undefined;
}

export class Sessions {
  readonly #limits: SessionLimits;
  readonly #onEviction: (id: string) => void;
  /** Least recently named first: a `Map` keeps the order of insertion, and whoever is named is inserted anew. */
  readonly #table = new Map<string, SessionImage>();
  #bytes = 0;
  #evicted = 0;

  constructor(limits: SessionLimits, onEviction: (id: string) => void) {
    assert(
      limits.sessionsMax >= 1 && limits.bytesMax >= SESSION_BYTES + limits.replyBytesMax,
      'newest-session-stays: the limits leave room for one session with the longest reply',
    );
    this.#limits = limits;
    this.#onEviction = onEviction;
  }

  get limits(): SessionLimits {
    return this.#limits;
  }

  get size(): number {
    return this.#table.size;
  }

  /** About how much memory the sessions take; the same on every replica. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many this table has evicted since it was made: a number for people, no part of the state. */
  get evicted(): number {
    return this.#evicted;
  }

  /** False when there is one of this name already. */
  open(id: string): boolean {
    if (this.#table.has(id)) return false;
    this.#add({ id, sequence: 0, fingerprint: '', reply: undefined });
    this.#evict();
    return true;
  }

  /** False when there is none. */
  end(id: string): boolean {
    const session = this.#table.get(id);
    if (session === undefined) return false;
    this.#remove(session);
    return true;
  }

  /** The session as it is, for a look: nothing is done in it. */
  peek(id: string): SessionImage | undefined {
    return this.#table.get(id);
  }

  /** The session, which thereby becomes the most recently named one. */
  name(id: string): SessionImage | undefined {
    const session = this.#table.get(id);
    if (session === undefined) return undefined;
    this.#table.delete(id);
    this.#table.set(id, session);
    return session;
  }

  /** Takes the place of the session of the same name, which must be there. */
  replace(session: SessionImage): void {
    const before = this.#table.get(session.id);
    assert(before !== undefined, 'session-is-open: only an open session is replaced');
    this.#remove(before);
    this.#add(session);
    this.#evict();
  }

  /** All of them, least recently named first. Cheap: records are shared, because they never change. */
  image(): readonly SessionImage[] {
    return [...this.#table.values()];
  }

  /** For a new store: takes over an image, or one part of it after the other, in their order. */
  restore(images: Iterable<SessionImage>): void {
    for (const session of images) this.#add(session);
  }

  #evict(): void {
    for (const session of this.#table.values()) {
      if (this.#table.size <= this.#limits.sessionsMax && this.#bytes <= this.#limits.bytesMax) return;
      this.#remove(session);
      this.#evicted += 1;
      this.#onEviction(session.id);
    }
  }

  #add(session: SessionImage): void {
    this.#table.set(session.id, session);
    this.#bytes += costOf(session);
  }

  #remove(session: SessionImage): void {
    this.#table.delete(session.id);
    this.#bytes -= costOf(session);
  }
}

function costOf({ reply }: SessionImage): number {
  return SESSION_BYTES + (reply?.length ?? 0);
}
