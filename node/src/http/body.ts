/** Reads a request's content as it came, bounded for one request and for all of them together. */
import type { IncomingMessage } from 'node:http';
import { STRING_BYTES_MAX } from '../kv/limits.ts';
import type { Observer } from '../observe/events.ts';
import { busy, type Problem, tooLarge } from './problem.ts';

/** Content is a value, as it is. */
export const BODY_BYTES_MAX = STRING_BYTES_MAX;

/** Content that all requests together may hold while it arrives: 32 of the longest values. */
const BODIES_BYTES_MAX = 32 * BODY_BYTES_MAX;

/** The content, or the problem to answer with. Never called when the client goes away first. */
export type BodyRead = (problem: Problem | undefined, body: Buffer) => void;

const EMPTY = Buffer.alloc(0);

export class BodyReader {
  readonly #observer: Observer | undefined;
  #heldBytes = 0;

  constructor(observer: Observer | undefined) {
    this.#observer = observer;
  }

  /** Bytes of content that requests hold at present. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * After a problem the rest of the content is read and dropped, so that the client gets to see the
   * answer instead of a broken connection; the server's request timeout ends that.
   */
  read(request: IncomingMessage, done: BodyRead): void {
    if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
      request.resume();
      done(tooLarge('the content', BODY_BYTES_MAX), EMPTY);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    let over = false;
    const refuse = (problem: Problem) => {
      over = true;
      release();
      done(problem, EMPTY);
    };
    const release = () => {
      this.#heldBytes -= bytes;
      bytes = 0;
      chunks.length = 0;
    };
    request.on('data', (chunk: Buffer) => {
      if (over) return;
      bytes += chunk.length;
      this.#heldBytes += chunk.length;
      chunks.push(chunk);
      if (bytes > BODY_BYTES_MAX) refuse(tooLarge('the content', BODY_BYTES_MAX));
      else if (this.#heldBytes > BODIES_BYTES_MAX) {
        this.#observer?.({ kind: 'refusedForLimit', limit: 'bodies' });
        refuse(
          busy(`this replica holds ${BODIES_BYTES_MAX} bytes of unfinished requests, which is its limit`),
        );
      }
    });
    request.on('end', () => {
      if (over) return;
      const body = chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, bytes);
      release();
      done(undefined, body);
    });
    // An aborted request ends without 'end': its client is gone, and so is what it had sent.
    request.on('close', release);
    request.on('error', release);
  }
}
