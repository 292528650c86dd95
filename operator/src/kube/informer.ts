/**
 * A supervised list-and-watch: keeps a cache of the objects of one kind level with the API server for as
 * long as it runs, whatever happens to the connection, and tells of each change.
 *
 *     list ──► watch ──► ended, cut, silent ──► watch again from the last version heard of
 *      ▲         └─────► 410, 5xx, any other no ──┐
 *      └──────────────── list again ◄─────────────┘  changes missed meanwhile are told, deletions too
 *
 * One loop does it all, one step after the other, so there are never two watches.
 */
import { type BackoffLimits, backoffMs, jittered } from './backoff.ts';
import { ApiError, KubeError, WatchStalled } from './failures.ts';
import { Interruption, pause } from './interruption.ts';
import type { Kind } from './kind.ts';
import type { KubeApi, Selection } from './kube-api.ts';
import { keyOf, type KubeObject, type Live } from './kube-object.ts';
import { ObjectCache, type ObjectView } from './object-cache.ts';
import type { RuntimeObserver } from './runtime-event.ts';
import { watchEvent } from './watch-event.ts';

export type Change<T extends KubeObject> =
  | { readonly type: 'added'; readonly object: Live<T> }
  | { readonly type: 'modified'; readonly object: Live<T>; readonly previous: Live<T> }
  /** `object` is its last version that we know of; perhaps not the last that there was. */
  | { readonly type: 'deleted'; readonly object: Live<T> };

export interface InformerTiming {
  /** Length of one watch, give or take a third: not all watches of a server should end together. */
  readonly watchMs: number;
  /** The server sends a bookmark about once a minute; two missed ones and some mean a half-open connection. */
  readonly silenceMs: number;
  /** However sound a watch looks, everything is read again after this, at the end of a watch. */
  readonly relistMs: number;
  readonly backoff: BackoffLimits;
}

export const INFORMER_TIMING: InformerTiming = {
  watchMs: 330_000,
  silenceMs: 150_000,
  relistMs: 600_000,
  backoff: { firstMs: 200, mostMs: 30_000 },
};

export interface InformerOptions<T extends KubeObject> {
  readonly api: KubeApi;
  readonly kind: Kind;
  /** Which of the objects; all of the cluster's if not given. */
  readonly selection?: Selection;
  /** Told of each change after the cache shows it. Must not throw: nobody here could repair it. */
  readonly onChange: (change: Change<T>) => void;
  readonly observer: RuntimeObserver;
  readonly timing?: InformerTiming;
}

export class Informer<T extends KubeObject = KubeObject> {
  readonly #api: KubeApi;
  readonly #kind: Kind;
  readonly #selection: Selection;
  readonly #onChange: (change: Change<T>) => void;
  readonly #observer: RuntimeObserver;
  readonly #timing: InformerTiming;

  readonly #cache = new ObjectCache<T>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  /** From where the next watch goes on; `undefined` when everything must be read again. */
  #resourceVersion: string | undefined;
  #listedMs = -Infinity;
  #heardMs = -Infinity;
  #failures = 0;

  constructor(options: InformerOptions<T>) {
    this.#api = options.api;
    this.#kind = options.kind;
    this.#selection = options.selection ?? {};
    this.#onChange = options.onChange;
    this.#observer = options.observer;
    this.#timing = options.timing ?? INFORMER_TIMING;
  }

  get cache(): ObjectView<T> {
    return this.#cache;
  }

  get resource(): string {
    return this.#kind.plural;
  }

  /** Whether the cache has ever been level with the server. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves with the first full list. */
  async synced(): Promise<void> {
    await this.#synced.promise;
  }

  /** Since the server was last heard of: what the cache says may be that old. Infinite before the first list. */
  ageMs(): number {
    return performance.now() - this.#heardMs;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#mustList()) await this.#list();
        await this.#watch();
      } catch (error) {
        // A bug of ours ends the process; only the world's failures are tried again.
        if (signal.aborted) return;
        if (!(error instanceof KubeError)) throw error;
        await this.#recover(error);
      }
    }
  }

  #mustList(): boolean {
    return this.#resourceVersion === undefined || performance.now() - this.#listedMs >= this.#timing.relistMs;
  }

  /** Waits before the next try; longer each time, until a watch has brought something again. */
  async #recover(error: KubeError): Promise<void> {
    // A server that says no to a version may do so for ever (restored from a backup, it has never seen
    // it). A connection that breaks says nothing about the version.
    if (error instanceof ApiError) this.#resourceVersion = undefined;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const retryInMs = Math.max(backoffMs(this.#failures, this.#timing.backoff), asked);
    this.#failures += 1;
    this.#observer({ kind: 'informerFailed', resource: this.resource, error, retryInMs });
    await pause(retryInMs, this.#stop.signal);
  }

  async #list(): Promise<void> {
    const recovering = this.#resourceVersion === undefined;
    const startedMs = performance.now();
    const { items, resourceVersion } = await this.#api.list<T>(
      this.#kind,
      this.#selection,
      this.#stop.signal,
    );
    this.#heardMs = startedMs;
    this.#listedMs = startedMs;
    this.#resourceVersion = resourceVersion;

    const gone = new Set(this.#cache.keys());
    for (const object of items) {
      gone.delete(keyOf(object.metadata));
      this.#present(object);
    }
    for (const key of gone) {
      const object = this.#cache.at(key);
      if (object !== undefined) this.#deleted(object);
    }
    const why = !this.#hasSynced ? 'first' : recovering ? 'recovery' : 'periodic';
    this.#hasSynced = true;
    this.#synced.resolve();
    this.#observer({ kind: 'listed', resource: this.resource, objects: items.length, why });
  }

  /** Returns when the server has ended the watch in good order. */
  async #watch(): Promise<void> {
    const interruption = new Interruption(this.#stop.signal);
    const startedMs = performance.now();
    let heardOf = false;
    const listen = (): void =>
      interruption.interruptAfter(this.#timing.silenceMs, () => {
        return new WatchStalled(`watch ${this.resource}: silent for ${this.#timing.silenceMs} ms`);
      });
    try {
      const lines = await this.#api.watch(this.#kind, this.#selection, {
        resourceVersion: this.#resourceVersion ?? '',
        timeoutSeconds: Math.ceil(jittered(this.#timing.watchMs, 1 / 3) / 1_000),
        signal: interruption.signal,
      });
      this.#heardMs = performance.now();
      listen();
      for await (const line of lines) {
        this.#heardMs = performance.now();
        listen();
        this.#take(line);
        heardOf = true;
        this.#failures = 0;
      }
    } finally {
      interruption.release();
    }
    if (heardOf || this.#stop.signal.aborted) return;
    // Some proxies end each watch at once: without a pause that would be a storm of requests.
    const livedMs = performance.now() - startedMs;
    if (livedMs >= 1_000) this.#failures = 0;
    else await pause(backoffMs(this.#failures++, this.#timing.backoff), this.#stop.signal);
  }

  #take(line: string): void {
    const event = watchEvent<T>(this.#kind, line);
    this.#resourceVersion = event.resourceVersion;
    if (event.type === 'present') this.#present(event.object);
    else if (event.type === 'deleted') this.#deleted(event.object);
  }

  #present(object: Live<T>): void {
    const known = this.#cache.get(object.metadata);
    if (known?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    // Deleted and made anew while nobody looked: whoever counts by uid must hear of both.
    if (known !== undefined && known.metadata.uid !== object.metadata.uid) this.#deleted(known);
    const previous = this.#cache.set(object);
    this.#onChange(
      previous === undefined ? { type: 'added', object } : { type: 'modified', object, previous },
    );
  }

  #deleted(object: Live<T>): void {
    if (this.#cache.remove(object.metadata) !== undefined) this.#onChange({ type: 'deleted', object });
  }
}
