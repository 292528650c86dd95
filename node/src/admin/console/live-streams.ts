/** The consoles that are open: each gets the same frames, as server-sent events, at the pace that it can take. */
import type { ServerResponse } from 'node:http';
import type { Secret } from '../../auth/secret.ts';

/** More people than look at one replica at a time. */
export const STREAMS_MAX = 16;
/** Two frames of a large cluster: who has not read that much misses frames, and the next one says all again. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** Frames that a console may miss in a row, a second each: then its connection is dead. */
const MISSED_FRAMES_MAX = 30;

/** Whoever came less long ago is not ended for a newcomer: pages that come back by themselves would end each other for ever. */
const STAY_MS_MIN = 60_000;
/** What a browser that reads takes of the rest of its frames, many times over; who ends is waited for no longer. */
const END_MS_MAX = 2_000;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
};

interface Stream {
  readonly response: ServerResponse;
  /** What it has shown; undefined where nobody has to. */
  readonly secret: Secret | undefined;
  readonly sinceMs: number;
  missed: number;
}

export interface LiveStreamsOptions {
  /** Is called when the last one has gone. */
  readonly onEmpty: () => void;
  /** As `performance.now`. */
  readonly nowMs: () => number;
}

export class LiveStreams {
  /** In the order in which they came; without those that end. */
  readonly #streams = new Set<Stream>();
  readonly #options: LiveStreamsOptions;

  constructor(options: LiveStreamsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#streams.size;
  }

  /** The answer to somebody who only asks what would come. */
  static sendHeaders(response: ServerResponse): void {
    response.writeHead(200, HEADERS).end();
  }

  /** Whether there is room for one more, for which another one may have to go. */
  makeRoom(): boolean {
    if (this.#streams.size < STREAMS_MAX) return true;
    const stalest = this.#stalest();
    if (stalest === undefined) return false;
    this.#end(stalest);
    return true;
  }

  /** Begins the answer. */
  add(response: ServerResponse, secret: Secret | undefined): void {
    const stream = { response, secret, sinceMs: this.#options.nowMs(), missed: 0 };
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    this.#streams.add(stream);
    response.once('close', () => this.#remove(stream));
    response.on('error', () => response.destroy());
  }

  /** `text`: a whole event. */
  send(text: string): void {
    for (const stream of this.#streams) {
      const { response } = stream;
      if (response.writableEnded || response.destroyed) continue;
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
    for (const stream of this.#streams) {
      if (stream.secret === undefined || !current.includes(stream.secret)) this.#end(stream);
    }
  }

  close(): void {
    for (const stream of this.#streams) this.#end(stream);
  }

  /** Who does not read, else who has been there for longest. */
  #stalest(): Stream | undefined {
    const behind = [...this.#streams].toSorted((a, b) => unsentBytes(b) - unsentBytes(a))[0];
    if (behind === undefined || unsentBytes(behind) > 0) return behind;
    // Without unsent bytes all are equal, and the first one that came stands first.
    return this.#options.nowMs() - behind.sinceMs < STAY_MS_MIN ? undefined : behind;
  }

  /** It gets no frame any more, since to write behind the end is an error. */
  #end(stream: Stream): void {
    const { response } = stream;
    this.#remove(stream);
    const cut = setTimeout(() => response.destroy(), END_MS_MAX);
    response.once('close', () => clearTimeout(cut));
    response.end();
  }

  #remove(stream: Stream): void {
    if (this.#streams.delete(stream) && this.#streams.size === 0) this.#options.onEmpty();
  }
}

function unsentBytes({ response }: Stream): number {
  return response.writableLength;
}
