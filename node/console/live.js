/**
 * The live channel: server-sent events, read by `fetch`, since `EventSource` can't send the header that the port asks for. It
 * connects again for ever, soon at first, and says at each moment what is so.
 */
import { authorization } from './session.js';

/** @import {Frame} from '../src/admin/console/frame.ts' */
/** @typedef {{kind: 'live'} | {kind: 'away', why: string} | {kind: 'unauthorized', wasTried: boolean}} Connection */

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 4_000;
/** Three frames: a connection that is silent for so long is dead, whatever the system says. */
const SILENCE_MS_MAX = 3_500;

export class LiveChannel {
  #onFrame;
  #onConnection;
  #onPage;
  #retryMs = RETRY_MS_MIN;
  #abort = new AbortController();
  /** @type {(() => void) | undefined} */
  #wake;

  /**
   * @param {(frame: Frame) => void} onFrame @param {(connection: Connection) => void} onConnection
   * @param {(name: string | null) => void} onPage is told the name of the page that goes with the frames to come; null: who sends
   *   them does not say
   */
  constructor(onFrame, onConnection, onPage) {
    this.#onFrame = onFrame;
    this.#onConnection = onConnection;
    this.#onPage = onPage;
  }

  /** Goes on for as long as the page is open. */
  async run() {
    for (;;) {
      const outcome = await this.#once();
      this.#onConnection(outcome);
      await this.#pause(outcome.kind === 'unauthorized');
    }
  }

  /** Tries again at once: somebody has typed a secret. */
  hurry() {
    this.#retryMs = RETRY_MS_MIN;
    this.#wake?.();
  }

  /** @returns {Promise<Exclude<Connection, {kind: 'live'}>>} */
  async #once() {
    this.#abort = new AbortController();
    const headers = authorization('cluster secret');
    const silence = new Silence(() => this.#abort.abort());
    try {
      const response = await fetch('live', { headers, signal: this.#abort.signal, cache: 'no-store' });
      if (response.status === 401) return { kind: 'unauthorized', wasTried: 'Authorization' in headers };
      if (response.status !== 200 || response.body === null) {
        return { kind: 'away', why: await problemText(response) };
      }
      this.#onPage(response.headers.get('PaxosKV-Page'));
      await this.#read(response.body.pipeThrough(new TextDecoderStream()).getReader(), silence);
      return { kind: 'away', why: 'the connection has ended' };
    } catch (error) {
      const why = this.#abort.signal.aborted ? 'nothing has come for some seconds' : String(error);
      return { kind: 'away', why };
    } finally {
      silence.end();
      this.#abort.abort();
    }
  }

  /** @param {ReadableStreamDefaultReader<string>} reader @param {Silence} silence */
  async #read(reader, silence) {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      silence.broken();
      text += value;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      const latest = events.findLast((event) => event.startsWith('event: frame\n'));
      if (latest === undefined) continue;
      this.#retryMs = RETRY_MS_MIN;
      this.#onConnection({ kind: 'live' });
      this.#onFrame(JSON.parse(latest.slice(latest.indexOf('data: ') + 6)));
    }
  }

  /** @param {boolean} forGood until `hurry` */
  async #pause(forGood) {
    await new Promise((resolve) => {
      this.#wake = () => resolve(undefined);
      if (!forGood) setTimeout(resolve, this.#retryMs);
    });
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }
}

/** Calls when nothing has come for too long. */
class Silence {
  #timer;
  #onTooLong;

  /** @param {() => void} onTooLong */
  constructor(onTooLong) {
    this.#onTooLong = onTooLong;
    this.#timer = setTimeout(onTooLong, SILENCE_MS_MAX);
  }

  broken() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onTooLong, SILENCE_MS_MAX);
  }

  end() {
    clearTimeout(this.#timer);
  }
}

/**
 * What an answer that is no good says of itself.
 * @param {Response} response
 */
export async function problemText(response) {
  const text = await response.text();
  try {
    return String(JSON.parse(text).detail);
  } catch {
    // A proxy's page, or nothing.
    return `HTTP status ${response.status}`;
  }
}
