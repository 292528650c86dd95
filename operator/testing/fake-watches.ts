/** The open watches of the stand-in for an API server, and what can go wrong with them. */
import type { Kind } from '../src/kube/kind.ts';
import { Refused } from './refused.ts';
import { type Query, selects } from './requests.ts';
import { isSameKind, type StoredChange } from './stored-objects.ts';

/** The other end of a watch. */
export interface WatchSink {
  line(text: string): void;
  /** In good order. */
  end(): void;
  /** As a broken connection. */
  cut(): void;
}

interface Watch {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly query: Query;
  readonly sink: WatchSink;
  readonly timer: NodeJS.Timeout;
  isFrozen: boolean;
}

export class FakeWatches {
  readonly #watches = new Set<Watch>();
  readonly #bookmarks: NodeJS.Timeout | undefined;
  readonly #version: () => number;
  /** While not `undefined`: what happened since deliveries are held back. */
  #held: StoredChange[] | undefined;

  constructor(version: () => number, bookmarkMs: number | undefined) {
    this.#version = version;
    if (bookmarkMs === undefined) return;
    this.#bookmarks = setInterval(() => this.sendBookmarks(), bookmarkMs).unref();
  }

  /** Those that are not frozen. */
  get open(): number {
    return [...this.#watches].filter(({ isFrozen }) => !isFrozen).length;
  }

  /** Returns what the other end calls when it has gone. */
  add(
    kind: Kind,
    namespace: string | undefined,
    query: Query,
    past: readonly StoredChange[],
    sink: WatchSink,
  ): () => void {
    const timeoutMs = Number(query['timeoutSeconds'] ?? 300) * 1_000;
    const timer = setTimeout(() => this.#end(watch), timeoutMs).unref();
    const watch: Watch = { kind, namespace, query, sink, timer, isFrozen: false };
    this.#watches.add(watch);
    const held = new Set(this.#held);
    for (const change of past) if (!held.has(change)) deliver(watch, change);
    return () => this.#forget(watch);
  }

  tell(change: StoredChange): void {
    if (this.#held !== undefined) {
      this.#held.push(change);
      return;
    }
    for (const watch of this.#watches) deliver(watch, change);
  }

  /** From now on watches tell nothing: caches grow stale. */
  hold(): void {
    this.#held ??= [];
  }

  /** Tells what was held back. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const change of held) this.tell(change);
  }

  sendBookmarks(): void {
    if (this.#held !== undefined) return;
    for (const { kind, sink, isFrozen, query } of this.#watches) {
      if (isFrozen || query['allowWatchBookmarks'] !== 'true') continue;
      const metadata = { resourceVersion: String(this.#version()) };
      const object = { apiVersion: kind.apiVersion, kind: kind.kind, metadata };
      sink.line(JSON.stringify({ type: 'BOOKMARK', object }));
    }
  }

  endAll(): void {
    for (const watch of this.#watches) this.#end(watch);
  }

  cutAll(): void {
    for (const watch of this.#watches) {
      this.#forget(watch);
      watch.sink.cut();
    }
  }

  /** Half-open: the connection stands, and nothing comes over it any more. */
  freezeAll(): void {
    for (const watch of this.#watches) watch.isFrozen = true;
  }

  /** 410 inside of the stream, as the real server does when a watch is too slow. */
  expireAll(): void {
    const { body } = new Refused(410, 'Expired', 'too old resource version').answer;
    for (const watch of this.#watches) {
      watch.sink.line(JSON.stringify({ type: 'ERROR', object: body }));
      this.#end(watch);
    }
  }

  close(): void {
    clearInterval(this.#bookmarks);
    this.cutAll();
  }

  #end(watch: Watch): void {
    this.#forget(watch);
    watch.sink.end();
  }

  #forget(watch: Watch): void {
    clearTimeout(watch.timer);
    this.#watches.delete(watch);
  }
}

function deliver({ kind, namespace, query, sink, isFrozen }: Watch, change: StoredChange): void {
  if (isFrozen || !isSameKind(kind, change.kind)) return;
  const { object, previous } = change;
  if (namespace !== undefined && object.metadata['namespace'] !== namespace) return;
  const was = selects(query, previous?.metadata);
  const is = change.type !== 'DELETED' && selects(query, object.metadata);
  if (!was && !is) return;
  // An object whose labels no longer match is gone for this watch.
  const type = !is ? 'DELETED' : was ? 'MODIFIED' : 'ADDED';
  sink.line(JSON.stringify({ type, object }));
}
