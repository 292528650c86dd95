/**
 * Who owns which field of an object in the stand-in for an API server: server-side apply, as far as an
 * operator can tell it from the real one. Fields are known by their paths; items of lists that the real
 * schemas key (containers by name, conditions by type …) have a path each, all other lists are one field.
 */
import { canonicalJson, isRecord } from '../src/kube/json-text.ts';

export type Json = Record<string, unknown>;

/** Manager (and subresource) → the paths that it owns, each as JSON of its steps. */
export type Owners = Map<string, Set<string>>;

/** A step is a field's name, or the text of an item's key. */
type Path = readonly string[];

/** By the list's name: the fields that tell its items apart. An empty list of fields: the items themselves do. */
const KEYED_LISTS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  finalizers: [],
};

/** Nobody owns these: they say which object it is, or belong to the server. */
const NOT_OWNED = new Set([
  '["apiVersion"]',
  '["kind"]',
  ...['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields'].map(
    (field) => canonicalJson(['metadata', field]),
  ),
]);

export class FieldConflict extends Error {}

/** The paths of all fields with a value of their own. */
export function leafPaths(value: unknown, path: Path = [], found: Set<string> = new Set()): Set<string> {
  const keys = keysOfItems(value, path);
  if (keys !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      found.add(JSON.stringify([...path, keys[index]]));
      if (isRecord(item)) leafPaths(item, [...path, keys[index] ?? ''], found);
    }
  } else if (isRecord(value) && Object.keys(value).length > 0) {
    for (const [name, each] of Object.entries(value)) leafPaths(each, [...path, name], found);
  } else {
    found.add(JSON.stringify(path));
  }
  for (const path_ of NOT_OWNED) found.delete(path_);
  return found;
}

/** The value at a path; `undefined` if there is none. */
export function valueAt(root: unknown, path: string): unknown {
  let value = root;
  const steps: string[] = [];
  for (const step of JSON.parse(path) as string[]) {
    const keys = keysOfItems(value, steps);
    if (keys !== undefined && Array.isArray(value)) value = value[keys.indexOf(step)];
    else value = isRecord(value) ? value[step] : undefined;
    steps.push(step);
  }
  return value;
}

/**
 * `live` with `config` laid over it for `manager`, without what it owned and no longer gives. `owners` is
 * brought up to date.
 *
 * @throws {FieldConflict} when another manager owns a field with another value, and `force` is not given
 */
export function applied(live: Json, config: Json, manager: string, force: boolean, owners: Owners): Json {
  const given = leafPaths(config);
  for (const [other, paths] of owners) {
    if (other === manager) continue;
    for (const path of given) {
      if (!paths.has(path) || isSame(valueAt(live, path), valueAt(config, path))) continue;
      if (!force) throw new FieldConflict(`conflict with "${other}": ${path}`);
      paths.delete(path);
    }
  }
  const merged = mergedWith(live, config, []) as Json;
  const before = owners.get(manager) ?? new Set();
  owners.set(manager, given);
  // Items before what is in them: by then nobody can tell them by their keys.
  for (const path of [...before].toSorted((a, b) => a.length - b.length)) {
    const isOwned = [...owners.values()].some((paths) => paths.has(path));
    if (!isOwned) removeWithEmptyParents(merged, JSON.parse(path) as string[]);
  }
  return merged;
}

/** After any other write: what changed belongs to who changed it. */
export function takeChanged(before: Json, after: Json, manager: string, owners: Owners): void {
  const own = owners.get(manager) ?? new Set();
  owners.set(manager, own);
  for (const path of leafPaths(after)) {
    if (isSame(valueAt(before, path), valueAt(after, path))) continue;
    for (const paths of owners.values()) paths.delete(path);
    own.add(path);
  }
  for (const paths of owners.values()) {
    for (const path of paths) if (valueAt(after, path) === undefined) paths.delete(path);
  }
}

function mergedWith(live: unknown, config: unknown, path: Path): unknown {
  if (isRecord(config) && isRecord(live)) {
    const merged: Json = { ...live };
    for (const [name, value] of Object.entries(config)) {
      merged[name] = mergedWith(live[name], value, [...path, name]);
    }
    return merged;
  }
  const keys = keysOfItems(config, path);
  const liveKeys = keysOfItems(live, path);
  if (keys === undefined || liveKeys === undefined || !Array.isArray(config) || !Array.isArray(live)) {
    return structuredClone(config);
  }
  const merged: unknown[] = [...live];
  for (const [index, item] of config.entries()) {
    const at = liveKeys.indexOf(keys[index] ?? '');
    if (at < 0) merged.push(structuredClone(item));
    else merged[at] = mergedWith(live[at], item, [...path, keys[index] ?? '']);
  }
  return merged;
}

/** What held nothing else goes along, as at the real server. */
function removeWithEmptyParents(root: Json, path: Path): void {
  removeAt(root, path);
  for (let length = path.length - 1; length > 0; length -= 1) {
    const parent = valueAt(root, JSON.stringify(path.slice(0, length)));
    const isEmpty = Array.isArray(parent)
      ? parent.length === 0
      : isRecord(parent) && Object.keys(parent).length === 0;
    if (!isEmpty) return;
    removeAt(root, path.slice(0, length));
  }
}

function removeAt(root: unknown, path: Path): void {
  let parent: unknown = root;
  for (const [depth, step] of path.slice(0, -1).entries()) {
    const keys = keysOfItems(parent, path.slice(0, depth));
    if (keys !== undefined && Array.isArray(parent)) parent = parent[keys.indexOf(step)];
    else parent = isRecord(parent) ? parent[step] : undefined;
  }
  const last = path.at(-1) ?? '';
  const keys = keysOfItems(parent, path.slice(0, -1));
  if (keys !== undefined && Array.isArray(parent)) {
    const at = keys.indexOf(last);
    if (at >= 0) parent.splice(at, 1);
  } else if (isRecord(parent)) {
    delete parent[last];
  }
}

/** What tells the items of a list apart; `undefined` for what is no such list. */
function keysOfItems(value: unknown, path: Path): string[] | undefined {
  const fields = Array.isArray(value) ? KEYED_LISTS[path.at(-1) ?? ''] : undefined;
  if (fields === undefined || !Array.isArray(value)) return undefined;
  return value.map((item: unknown) =>
    fields.length === 0 || !isRecord(item)
      ? JSON.stringify(item)
      : JSON.stringify(fields.map((field) => item[field])),
  );
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
