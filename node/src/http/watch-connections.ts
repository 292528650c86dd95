/** The connections that watch, and what they hold together: unsent bytes are bounded for all of them, not only for each. */
import type { Secret } from '../auth/secret.ts';
import { UNSENT_BYTES_ALL_MAX } from './watch-limits.ts';

/** A connection as the others see it. */
export interface WatchConnection {
  /** What its client has shown; undefined where nobody has to. */
  readonly secret: Secret | undefined;
  /** There is room again: it may take more if it wants. */
  wake(): void;
  /** Ends it soon, whatever its client does. */
  close(): void;
  /** Ends it as well, because its secret is in force no more: it hears of no further change. */
  revoke(): void;
}

export class WatchConnections {
  /** With what is unsent, where its socket has said that it is full. */
  readonly #unsent = new Map<WatchConnection, number>();
  #unsentBytes = 0;

  get count(): number {
    return this.#unsent.size;
  }

  /** False while all of them together hold too much: nobody takes more then. */
  get hasRoom(): boolean {
    return this.#unsentBytes < UNSENT_BYTES_ALL_MAX;
  }

  add(connection: WatchConnection): void {
    this.#unsent.set(connection, 0);
  }

  note(connection: WatchConnection, unsentBytes: number): void {
    const before = this.#unsent.get(connection);
    if (before === undefined) return;
    this.#unsent.set(connection, unsentBytes);
    this.#change(unsentBytes - before);
  }

  remove(connection: WatchConnection): void {
    const before = this.#unsent.get(connection) ?? 0;
    this.#unsent.delete(connection);
    this.#change(-before);
  }

  closeAll(): void {
    for (const connection of this.#unsent.keys()) connection.close();
  }

  /** Those whose secret is not among them know that they were meant, and end. */
  revokeAllBut(current: readonly Secret[]): void {
    for (const connection of this.#unsent.keys())
      if (connection.secret === undefined || !current.includes(connection.secret)) connection.revoke();
  }

  #change(bytes: number): void {
    const hadRoom = this.hasRoom;
    this.#unsentBytes += bytes;
    if (!hadRoom && this.hasRoom) for (const connection of this.#unsent.keys()) connection.wake();
  }
}
