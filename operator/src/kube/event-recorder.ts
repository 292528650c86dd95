/**
 * Events: what `kubectl describe` shows under an object. Telling one never fails and never waits; a
 * reconcile may tell the same at each turn, and the API server hears of it at the 1st, 2nd, 4th, 8th …
 * time, as one Event with a count.
 */
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type BackoffLimits, backoffMs } from './backoff.ts';
import { EVENT } from './builtin-kinds.ts';
import { ApiError, KubeError, NotFound, Unavailable } from './failures.ts';
import { pause } from './interruption.ts';
import type { KubeApi } from './kube-api.ts';
import { keyOf, type KubeObject, type Live } from './kube-object.ts';
import { microTime } from './micro-time.ts';
import type { RuntimeObserver } from './runtime-event.ts';
import { TokenBucket } from './token-bucket.ts';

/** Rules of the API server, in characters; longer texts are cut. */
const NOTE_CHARACTERS_MAX = 1_024;
const REASON_CHARACTERS_MAX = 128;
/** Of the object's name in the Event's: with a point and 16 digits it stays below 253. */
const NAME_CHARACTERS_MAX = 200;
/** About as many as all clusters of an operator tell within an hour. The oldest is forgotten and begins anew. */
const SERIES_MAX = 1_000;
/** The API server forgets an Event an hour after its last change: then it must be made again. */
const SERIES_AGE_MS = 50 * 60_000;
/** While the API server is away; more than that would be old news. */
const UNSENT_MAX = 500;
/** For one object, and for warnings and the rest apart: what goes well must not crowd out what doesn't. */
const BURST = 25;
/** A cluster whose members come and go for hours is told of for hours; a hundred such clusters are seven requests a second. */
const REFILL_MS = 15_000;
const TRIES_MAX = 5;
const BACKOFF: BackoffLimits = { firstMs: 500, mostMs: 10_000 };

export interface EventNews {
  /** The object that it is about. */
  readonly regarding: Live;
  readonly type: 'Normal' | 'Warning';
  /** Why, for machines: one CamelCase word, such as `QuorumLost`. */
  readonly reason: string;
  /** What was done or tried, one CamelCase word: `Promote`. */
  readonly action: string;
  /** For people: a sentence. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly api: KubeApi;
  /** Who tells it: `paxoskv.dev/operator`. */
  readonly controller: string;
  readonly observer: RuntimeObserver;
}

interface EventObject extends KubeObject {
  readonly eventTime: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

/** One thing that was told, once or more often. */
interface Series {
  readonly news: EventNews;
  readonly name: string;
  readonly startedMs: number;
  /** When it was told first, as the API server wants it: part of what never changes. */
  readonly eventTime: string;
  count: number;
  /** Up to which count the API server knows of it. */
  sent: number;
}

export class EventRecorder {
  readonly #api: KubeApi;
  readonly #controller: string;
  readonly #observer: RuntimeObserver;
  readonly #instance = hostname().slice(0, 128) || 'unknown';
  /** Oldest first. */
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #unsent = new Set<Series>();
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;

  constructor({ api, controller, observer }: EventRecorderOptions) {
    this.#api = api;
    this.#controller = controller;
    this.#observer = observer;
  }

  record(news: EventNews): void {
    if (this.#stop.signal.aborted) return;
    const key = digestOf(news);
    const series = this.#known(key) ?? this.#begin(key, news);
    if (series === undefined) return;
    series.count += 1;
    if (!isPowerOfTwo(series.count) || this.#unsent.has(series)) return;
    if (this.#unsent.size >= UNSENT_MAX) {
      this.#drop(news, `${UNSENT_MAX} Events wait for the API server`);
      return;
    }
    this.#unsent.add(series);
    this.#sending ??= this.#send();
  }

  /** Sends what waits, as far as that works at the first try, and takes up nothing more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  #known(key: string): Series | undefined {
    const series = this.#series.get(key);
    if (series === undefined || performance.now() - series.startedMs < SERIES_AGE_MS) return series;
    this.#series.delete(key);
    return undefined;
  }

  #begin(key: string, news: EventNews): Series | undefined {
    const about = `${news.type} ${news.regarding.metadata.uid}`;
    let bucket = this.#buckets.get(about);
    if (bucket === undefined) {
      bucket = new TokenBucket(BURST, REFILL_MS);
      this.#buckets.set(about, bucket);
      forgetOldest(this.#buckets);
    }
    if (!bucket.take()) {
      this.#drop(news, `more than ${BURST} different Events about one object`);
      return undefined;
    }
    const name = `${nameStem(news.regarding.metadata.name)}.${randomBytes(8).toString('hex')}`;
    const eventTime = microTime(new Date());
    const series: Series = { news, name, startedMs: performance.now(), eventTime, count: 0, sent: 0 };
    this.#series.set(key, series);
    forgetOldest(this.#series);
    return series;
  }

  async #send(): Promise<void> {
    for (const series of this.#unsent) {
      // It may be told again, and added again, while it is under way.
      this.#unsent.delete(series);
      const delivered = await this.#deliver(series);
      if (!delivered && this.#stop.signal.aborted) this.#dropRest();
    }
    this.#sending = undefined;
  }

  async #deliver(series: Series): Promise<boolean> {
    for (let failures = 0; ; failures += 1) {
      try {
        await this.#write(series);
        return true;
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        const hopeless = error instanceof ApiError && !(error instanceof Unavailable);
        if (hopeless || failures + 1 >= TRIES_MAX || this.#stop.signal.aborted) {
          this.#drop(series.news, error.message);
          return false;
        }
      }
      await pause(backoffMs(failures, BACKOFF), this.#stop.signal);
    }
  }

  async #write(series: Series): Promise<void> {
    const { count } = series;
    if (series.sent > 0) {
      const lastObservedTime = microTime(new Date());
      try {
        await this.#api.patch(EVENT, this.#nameOf(series), { series: { count, lastObservedTime } });
        series.sent = count;
        return;
      } catch (error) {
        // Somebody has deleted it: it begins anew below.
        if (!(error instanceof NotFound)) throw error;
      }
    }
    await this.#api.create(EVENT, this.#object(series));
    series.sent = count;
  }

  #nameOf({ name, news }: Series): { name: string; namespace: string } {
    // An Event about an object without a namespace lives in `default`.
    return { name, namespace: news.regarding.metadata.namespace ?? 'default' };
  }

  #object(series: Series): EventObject {
    const { regarding, type, reason, action, note } = series.news;
    const { name, namespace, uid, resourceVersion } = regarding.metadata;
    const object = {
      apiVersion: EVENT.apiVersion,
      kind: EVENT.kind,
      metadata: this.#nameOf(series),
      eventTime: series.eventTime,
      reportingController: this.#controller,
      reportingInstance: this.#instance,
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        namespace,
        uid,
        resourceVersion,
      },
      type,
      reason: reason.slice(0, REASON_CHARACTERS_MAX),
      action: action.slice(0, REASON_CHARACTERS_MAX),
      note: note.slice(0, NOTE_CHARACTERS_MAX),
    };
    // The server takes a series of two at least.
    if (series.count < 2) return object;
    return { ...object, series: { count: series.count, lastObservedTime: microTime(new Date()) } };
  }

  /** On the way out nobody waits for an API server that is away. */
  #dropRest(): void {
    for (const { news } of this.#unsent) this.#drop(news, 'stopping');
    this.#unsent.clear();
  }

  #drop(news: EventNews, why: string): void {
    const { kind, metadata } = news.regarding;
    this.#observer({
      kind: 'eventDropped',
      about: `${kind} ${keyOf(metadata)}`,
      reason: news.reason,
      why,
    });
  }
}

function digestOf({ regarding, type, reason, action, note }: EventNews): string {
  const text = JSON.stringify([regarding.metadata.uid, type, reason, action, note]);
  return createHash('sha256').update(text).digest('base64');
}

/** Cut so that the Event's name is one that the API server takes. */
function nameStem(name: string): string {
  return name.slice(0, NAME_CHARACTERS_MAX).replace(/[^a-z0-9]+$/, '');
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}

function forgetOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next();
  if (map.size > SERIES_MAX && oldest.done !== true) map.delete(oldest.value);
}
