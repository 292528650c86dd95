/** Which live watches want an event: those of its key by a map, those of a prefix by a tree, and all of them for a clear. */
import { PrefixTree } from './prefix-tree.ts';
import type { Watch } from './watch.ts';

export class WatchIndex {
  readonly #all = new Set<Watch>();
  readonly #byKey = new Map<string, Set<Watch>>();
  readonly #byPrefix = new PrefixTree<Watch>();

  get size(): number {
    return this.#all.size;
  }

  add(watch: Watch): void {
    this.#all.add(watch);
    if (watch.isPrefix) {
      this.#byPrefix.add(watch.key, watch);
      return;
    }
    const watches = this.#byKey.get(watch.key);
    if (watches === undefined) this.#byKey.set(watch.key, new Set([watch]));
    else watches.add(watch);
  }

  /** Does nothing when it is not there. */
  remove(watch: Watch): void {
    if (!this.#all.delete(watch)) return;
    if (watch.isPrefix) {
      this.#byPrefix.remove(watch.key, watch);
      return;
    }
    const watches = this.#byKey.get(watch.key);
    watches?.delete(watch);
    if (watches?.size === 0) this.#byKey.delete(watch.key);
  }

  /** Appends the watches that want a key, each once; all when it is undefined, which stands for all keys. */
  match(key: string | undefined, into: Watch[]): void {
    if (key === undefined) {
      for (const watch of this.#all) into.push(watch);
      return;
    }
    const watches = this.#byKey.get(key);
    if (watches !== undefined) for (const watch of watches) into.push(watch);
    this.#byPrefix.match(key, into);
  }
}
