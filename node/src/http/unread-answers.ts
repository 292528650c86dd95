/**
 * Answers that clients have not read yet. A client may ask for megabytes and read nothing; ten thousand such clients
 * would take all memory. Over the limit nobody gets an answer that has content, until some are read or given up.
 */
import type { ServerResponse } from 'node:http';
import type { Observer } from '../observe/events.ts';
import { busy, sendProblem } from './problem.ts';

/** Bytes of answers that wait for their clients, over all connections of a port. Over it: 503, `not-done`. */
export const UNREAD_BYTES_MAX = 256 * 1024 * 1024;

/** How long a client may take to read one answer: a page of 4 MiB at 70 KiB/s. Then its connection is cut. */
export const UNREAD_MS_MAX = 60_000;

/** An answer that the socket takes at once is not worth a word. */
const SMALL_BYTES = 64 * 1024;

export class UnreadAnswers {
  readonly #observer: Observer | undefined;
  #bytes = 0;

  constructor(observer: Observer | undefined) {
    this.#observer = observer;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True when the request may be handled; else it has been answered. Counts what its answer leaves unread. */
  admit(response: ServerResponse): boolean {
    if (this.#bytes > UNREAD_BYTES_MAX) {
      this.#observer?.({ kind: 'refusedForLimit', limit: 'unread-answers' });
      sendProblem(response, busy(`${UNREAD_BYTES_MAX} bytes of answers wait to be read, which is the limit`));
      return false;
    }
    response.once('prefinish', () => this.#ended(response));
    return true;
  }

  /** The answer has been handed to the connection as a whole. */
  #ended(response: ServerResponse): void {
    const bytes = response.writableLength;
    if (bytes <= SMALL_BYTES || response.destroyed) return;
    this.#bytes += bytes;
    const timer = setTimeout(() => {
      this.#observer?.({ kind: 'clientCut', reason: 'unread-answers' });
      response.destroy();
    }, UNREAD_MS_MAX);
    response.once('close', () => {
      clearTimeout(timer);
      this.#bytes -= bytes;
    });
  }
}
