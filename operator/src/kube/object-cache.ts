/** The objects of one kind as an informer last heard of them, found by key or by labels. */
import { keyOf, type KubeObject, type Live, type ObjectName } from './kube-object.ts';
import { hasLabels, type Labels } from './labels.ts';
import type { Selection } from './kube-api.ts';

/** What of a cache the rest of the program may use. Its objects belong to all: nobody changes them. */
export interface ObjectView<T extends KubeObject = KubeObject> {
  readonly size: number;
  get(name: ObjectName): Live<T> | undefined;
  /** In no particular order. */
  select(selection?: Selection): Live<T>[];
}

export class ObjectCache<T extends KubeObject = KubeObject> implements ObjectView<T> {
  readonly #objects = new Map<string, Live<T>>();
  /** For each `name=value` of a label, the keys of the objects that bear it. */
  readonly #bearers = new Map<string, Set<string>>();

  get size(): number {
    return this.#objects.size;
  }

  get(name: ObjectName): Live<T> | undefined {
    return this.#objects.get(keyOf(name));
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  at(key: string): Live<T> | undefined {
    return this.#objects.get(key);
  }

  /** Returns what was there before. */
  set(object: Live<T>): Live<T> | undefined {
    const previous = this.remove(object.metadata);
    const key = keyOf(object.metadata);
    this.#objects.set(key, object);
    for (const label of labelsOf(object)) {
      const bearers = this.#bearers.get(label);
      if (bearers === undefined) this.#bearers.set(label, new Set([key]));
      else bearers.add(key);
    }
    return previous;
  }

  /** Returns what was there. */
  remove(name: ObjectName): Live<T> | undefined {
    const key = keyOf(name);
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#objects.delete(key);
    for (const label of labelsOf(previous)) {
      const bearers = this.#bearers.get(label);
      bearers?.delete(key);
      if (bearers?.size === 0) this.#bearers.delete(label);
    }
    return previous;
  }

  select({ namespace, labels = {} }: Selection = {}): Live<T>[] {
    const found: Live<T>[] = [];
    for (const key of this.#candidates(labels)) {
      const object = this.#objects.get(key);
      if (object === undefined || !hasLabels(object.metadata.labels, labels)) continue;
      if (namespace === undefined || object.metadata.namespace === namespace) found.push(object);
    }
    return found;
  }

  /** The bearers of the rarest of the labels: all that are wanted are among them. */
  #candidates(labels: Labels): Iterable<string> {
    let fewest: ReadonlySet<string> | undefined;
    for (const [name, value] of Object.entries(labels)) {
      const bearers = this.#bearers.get(`${name}=${value}`);
      if (bearers === undefined) return [];
      if (fewest === undefined || bearers.size < fewest.size) fewest = bearers;
    }
    return fewest ?? this.#objects.keys();
  }
}

function labelsOf(object: Live): string[] {
  return Object.entries(object.metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`);
}
