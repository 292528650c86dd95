/** The consoles that are open: each gets the same frames, as server-sent events, at the pace that it can take. */
import type { ServerResponse } from 'node:http';
import type { Secret } from '../../auth/secret.ts';

/** More people than look at one replica at a time. */
export const STREAMS_MAX = 16;
/** Two frames of a large cluster: who has not read that much misses frames, and the next one says all again. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** Frames that a console may miss in a row, a second each: then its connection is dead. */
const MISSED_FRAMES_MAX = 30;

interface Stream {
  readonly response: ServerResponse;
  /** What it has shown; undefined where nobody has to. */
  readonly secret: Secret | undefined;
  missed: number;
}

export class LiveStreams {
  readonly #streams = new Set<Stream>();
  readonly #onEmpty: () => void;

  /** `onEmpty` is called when the last one has gone. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  get count(): number {
    return this.#streams.size;
  }

  get isFull(): boolean {
    return this.#streams.size >= STREAMS_MAX;
  }

  /** Begins the answer. */
  add(response: ServerResponse, secret: Secret | undefined): void {
    const stream = { response, secret, missed: 0 };
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
    });
    response.flushHeaders();
    this.#streams.add(stream);
    response.once('close', () => {
      this.#streams.delete(stream);
      if (this.#streams.size === 0) this.#onEmpty();
    });
  }

  /** `text`: a whole event. */
  send(text: string): void {
    for (const stream of this.#streams) {
      const { response } = stream;
      if (response.writableLength < UNSENT_BYTES_MAX) {
        stream.missed = 0;
        response.write(text);
      } else {
        stream.missed += 1;
        if (stream.missed > MISSED_FRAMES_MAX) response.destroy();
      }
    }
  }

  /** Ends those whose secret is not in force any more. */
  endAllBut(current: readonly Secret[]): void {
    for (const { response, secret } of this.#streams) {
      if (secret === undefined || !current.includes(secret)) response.end();
    }
  }

  close(): void {
    for (const { response } of this.#streams) response.end();
  }
}
