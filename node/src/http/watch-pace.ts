/**
 * How often connections write. A change goes out at once while few do. Each write costs more than all else that is done for a
 * change (measured: 12 µs a piece, two thirds of what a replica spends on a put), and a replica's first duty is to those who
 * write: so when very many connections have something, what comes is gathered for a moment, and goes out in fewer pieces.
 */
import { GATHER_MS, PIECES_AT_ONCE_MAX, PIECES_PER_TURN } from './watch-limits.ts';

export interface Paced {
  /** Writes what has gathered. */
  write(): void;
}

export class WatchPace {
  /** Undefined while everybody writes at once. */
  #gathered: Set<Paced> | undefined;
  #pieces = 0;
  #windowEndMs = 0;

  /** Lets a connection write, now or soon. */
  take(connection: Paced): void {
    if (this.#gathered !== undefined) {
      this.#gathered.add(connection);
      return;
    }
    const nowMs = performance.now();
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + GATHER_MS;
      this.#pieces = 0;
    }
    this.#pieces += 1;
    if (this.#pieces > PIECES_AT_ONCE_MAX) this.#gather();
    connection.write();
  }

  #gather(): void {
    this.#gathered = new Set();
    setTimeout(() => this.#release(), GATHER_MS).unref();
  }

  #release(): void {
    const connections = [...(this.#gathered ?? [])];
    if (connections.length > PIECES_AT_ONCE_MAX) this.#gather();
    else this.#gathered = undefined;
    writeInTurns(connections);
  }
}

/** A thousand writes in a row would keep everybody else waiting. */
function writeInTurns(connections: readonly Paced[]): void {
  for (const connection of connections.slice(0, PIECES_PER_TURN)) connection.write();
  if (connections.length > PIECES_PER_TURN) {
    setImmediate(() => writeInTurns(connections.slice(PIECES_PER_TURN)));
  }
}
