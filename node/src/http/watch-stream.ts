/** One watch as server-sent events: what `curl` and a browser's EventSource understand. */
import type { ServerResponse } from 'node:http';
import type { Secret } from '../auth/secret.ts';
import type { ChangeEvent } from '../watch/change-event.ts';
import type { Hub } from '../watch/hub.ts';
import { type Revoked, revoked } from '../watch/endings.ts';
import type { Subscriber } from '../watch/subscriber.ts';
import type { Watch, WatchEnd } from '../watch/watch.ts';
import type { WatchConnection, WatchConnections } from './watch-connections.ts';
import type { WatchMeans } from './watch-means.ts';
import { BEAT_MS, FAREWELL_MS, RETRY_MS, STALLED_BEATS_MAX, UNSENT_BYTES_MAX } from './watch-limits.ts';
import type { Paced, WatchPace } from './watch-pace.ts';
import type { WatchTexts } from './watch-texts.ts';

export class WatchStream implements Subscriber, WatchConnection, Paced {
  readonly secret: Secret | undefined;
  readonly #hub: Hub;
  readonly #connections: WatchConnections;
  readonly #texts: WatchTexts;
  readonly #pace: WatchPace;
  readonly #response: ServerResponse;
  #watch: Watch | undefined;
  /** Waits until it may be written. */
  #text = '';
  #heartbeat: NodeJS.Timeout | undefined;
  #wasSilent = true;
  /** The revision in the newest `id`. */
  #marked = 0;
  #notedBytes = 0;
  #takenBytes = 0;
  #stalledBeats = 0;

  constructor(
    { hub, connections, texts, pace }: WatchMeans,
    response: ServerResponse,
    secret: Secret | undefined,
  ) {
    this.secret = secret;
    this.#hub = hub;
    this.#connections = connections;
    this.#texts = texts;
    this.#pace = pace;
    this.#response = response;
  }

  /** The response begins: nothing has been sent yet, and no change has come. */
  begin(watch: Watch): void {
    const response = this.#response;
    this.#watch = watch;
    // The stream ends when the connection does; chunks around each piece would cost more than the pieces.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
    });
    this.#connections.add(this);
    response.on('drain', () => {
      this.#note(0);
      this.wake();
    });
    response.once('close', () => this.#gone());
    this.#heartbeat = setInterval(() => this.#beat(), BEAT_MS).unref();
    this.#marked = watch.from - 1;
    const data = JSON.stringify({ from: watch.from, revision: this.#hub.revision });
    this.#text = `retry: ${RETRY_MS}\nid: ${this.#marked}\nevent: created\ndata: ${data}\n\n`;
    this.write();
  }

  get isReady(): boolean {
    return (
      this.#response.writableLength + this.#text.length < UNSENT_BYTES_MAX &&
      this.#connections.hasRoom &&
      !this.#response.destroyed
    );
  }

  change(watch: Watch, revision: number, events: readonly ChangeEvent[]): void {
    this.#marked = revision;
    this.#text += `id: ${revision}\nevent: change\ndata: {${this.#texts.change(revision, events, watch.previous)}}\n\n`;
    // Before the turn ends others look whether there is room for as much again.
    if (this.#text.length >= UNSENT_BYTES_MAX) this.#note(this.#response.writableLength + this.#text.length);
  }

  ended(_watch: Watch, end: WatchEnd | Revoked): void {
    const { code, detail, resumeFrom } = end;
    this.#text += `event: ended\ndata: ${JSON.stringify({ code, detail, resumeFrom })}\n\n`;
    this.#watch = undefined;
    this.write();
    this.close();
  }

  flush(): void {
    if (this.#text !== '') this.#pace.take(this);
  }

  write(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#wasSilent = false;
    const response = this.#response;
    this.#note(response.write(text) ? 0 : response.writableLength);
  }

  wake(): void {
    if (this.#watch !== undefined) this.#hub.wake(this.#watch);
  }

  close(): void {
    if (this.#response.writableEnded) return;
    this.#response.end();
    const cut = setTimeout(() => this.#response.destroy(), FAREWELL_MS);
    this.#response.once('close', () => clearTimeout(cut));
  }

  revoke(): void {
    const watch = this.#watch;
    if (watch === undefined) return;
    this.#hub.cancel(watch);
    this.ended(watch, revoked(this.#marked + 1));
  }

  #note(unsentBytes: number): void {
    if (unsentBytes === this.#notedBytes) return;
    this.#notedBytes = unsentBytes;
    this.#connections.note(this, unsentBytes);
  }

  /** A stream that was silent gets a bookmark, or a comment when there is nothing new to mark: proxies see that it lives. */
  #beat(): void {
    const response = this.#response;
    const taken = (response.socket?.bytesWritten ?? 0) - response.writableLength;
    this.#stalledBeats =
      response.writableLength > 0 && taken === this.#takenBytes ? this.#stalledBeats + 1 : 0;
    this.#takenBytes = taken;
    if (this.#stalledBeats >= STALLED_BEATS_MAX) {
      response.destroy();
      return;
    }
    if (this.#wasSilent && this.#watch !== undefined && response.writableLength === 0) {
      const through = this.#hub.sentThrough(this.#watch);
      if (through === undefined || through <= this.#marked) this.#text += ': alive\n\n';
      else {
        this.#marked = through;
        this.#text += `id: ${through}\nevent: bookmark\ndata: {"revision":${through}}\n\n`;
      }
      this.write();
    }
    this.#wasSilent = true;
  }

  #gone(): void {
    clearInterval(this.#heartbeat);
    this.#connections.remove(this);
    if (this.#watch !== undefined) this.#hub.cancel(this.#watch);
    this.#watch = undefined;
    this.#text = '';
  }
}
