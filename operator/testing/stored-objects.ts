/**
 * The objects of the stand-in for an API server: one counter of versions for all of them, a history of
 * changes for watches, and the rules that every write follows.
 */
import { randomUUID } from 'node:crypto';
import { canonicalJson, isRecord } from '../src/kube/json-text.ts';
import type { Kind } from '../src/kube/kind.ts';
import { keyOf, type ObjectName } from '../src/kube/kube-object.ts';
import { applied, FieldConflict, type Json, type Owners, takeChanged } from './managed-fields.ts';
import { named, Refused } from './refused.ts';

/** An object as stored: never changed in place, so that history and watches may share it. */
export type Stored = Json & { readonly metadata: Json };

export interface StoredChange {
  readonly version: number;
  readonly kind: Kind;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
  readonly previous: Stored | undefined;
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface ApplyOptions {
  readonly manager: string;
  readonly force: boolean;
  readonly status: boolean;
}

/** Says why an object is not taken; becomes a 422. */
export type Admission = (kind: Kind, object: Stored) => string | undefined;

interface Entry {
  readonly kind: Kind;
  readonly object: Stored;
  readonly owners: Owners;
}

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

export class StoredObjects {
  /** The uids of what was removed. */
  readonly #gone = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  #history: StoredChange[] = [];
  #version = 1_000;
  #forgottenVersion = 1_000;
  readonly #listener: (change: StoredChange) => void;
  admission: Admission = () => undefined;

  constructor(listener: (change: StoredChange) => void) {
    this.#listener = listener;
  }

  get version(): number {
    return this.#version;
  }

  find(kind: Kind, name: ObjectName): Stored | undefined {
    return this.#entries.get(entryKey(kind, name))?.object;
  }

  get(kind: Kind, name: ObjectName): Stored {
    return this.#entry(kind, name).object;
  }

  /** Sorted by key, as the real server does. */
  list(kind: Kind, namespace?: string): Stored[] {
    return [...this.#entries.values()]
      .filter((entry) => isSameKind(entry.kind, kind))
      .map(({ object }) => object)
      .filter(({ metadata }) => namespace === undefined || metadata['namespace'] === namespace)
      .toSorted((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1));
  }

  /** What happened after a version. */
  since(version: number): StoredChange[] {
    if (version < this.#forgottenVersion) {
      throw new Refused(410, 'Expired', `too old resource version: ${version} (${this.#forgottenVersion})`);
    }
    return this.#history.filter((change) => change.version > version);
  }

  /** Forgets the history, as etcd's compaction does. */
  compact(): void {
    this.#history = [];
    this.#version += 1;
    this.#forgottenVersion = this.#version;
  }

  create(kind: Kind, given: unknown, manager: string, status = false): Stored {
    const object = objectGiven(kind, given);
    const name = nameOf(object);
    if (this.#entries.has(entryKey(kind, name))) {
      throw new Refused(409, 'AlreadyExists', `${named(kind, name.name)} already exists`);
    }
    const owners: Owners = new Map();
    takeChanged({}, object, updater(manager), owners);
    return this.#commit(kind, undefined, status ? object : withoutStatus(object), owners);
  }

  replace(kind: Kind, name: ObjectName, given: unknown, manager: string, status: boolean): Stored {
    const entry = this.#entry(kind, name);
    const object = objectGiven(kind, given);
    requireVersion(kind, entry.object, object.metadata);
    return this.#change(entry, object, manager, status);
  }

  /** JSON merge patch: maps are merged, `null` removes, all else replaces. */
  mergePatch(kind: Kind, name: ObjectName, patch: unknown, manager: string, status: boolean): Stored {
    const entry = this.#entry(kind, name);
    if (!isRecord(patch)) throw new Refused(400, 'BadRequest', 'a merge patch must be a map');
    requireVersion(kind, entry.object, isRecord(patch['metadata']) ? patch['metadata'] : {});
    return this.#change(entry, mergePatched(entry.object, patch) as Stored, manager, status);
  }

  apply(
    kind: Kind,
    name: ObjectName,
    given: unknown,
    options: ApplyOptions,
  ): { object: Stored; created: boolean } {
    const config = objectGiven(kind, given);
    const entry = this.#entries.get(entryKey(kind, name));
    const { manager, force, status } = options;
    if (entry === undefined) {
      if (status) throw new Refused(404, 'NotFound', `${named(kind, name.name)} not found`);
      if (config.metadata['uid'] !== undefined) {
        throw new Refused(
          409,
          'Conflict',
          `${named(kind, name.name)}: uid mismatch: the object does not exist`,
        );
      }
      const owners: Owners = new Map();
      const object = applied({}, withoutStatus(config), manager, force, owners) as Stored;
      return { object: this.#commit(kind, undefined, object, owners), created: true };
    }
    requireUid(kind, entry.object, config.metadata);
    requireVersion(kind, entry.object, config.metadata);
    const part = status ? statusOnly(config) : withoutStatus(config);
    const owners = copyOf(entry.owners);
    const owner = status ? `${manager}/status` : manager;
    try {
      const object = applied(structuredClone(entry.object), part, owner, force, owners) as Stored;
      return { object: this.#commit(kind, entry, object, owners), created: false };
    } catch (error) {
      if (error instanceof FieldConflict)
        throw new Refused(409, 'Conflict', `Apply failed: ${error.message}`);
      throw error;
    }
  }

  /** With finalizers the object only begins to end. */
  delete(kind: Kind, name: ObjectName, { uid, resourceVersion }: Preconditions = {}): Stored {
    const entry = this.#entry(kind, name);
    requireVersion(kind, entry.object, {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    });
    const { metadata } = entry.object;
    if (metadata['deletionTimestamp'] !== undefined) return entry.object;
    if (Array.isArray(metadata['finalizers']) && metadata['finalizers'].length > 0) {
      const deletionTimestamp = secondsNow();
      const object = { ...entry.object, metadata: { ...metadata, deletionTimestamp } };
      return this.#commit(kind, entry, object, entry.owners);
    }
    return this.#remove(entry);
  }

  #change(entry: Entry, given: Stored, manager: string, status: boolean): Stored {
    const object = (
      status
        ? { ...entry.object, status: given['status'] }
        : { ...withoutStatus(given), ...('status' in entry.object ? { status: entry.object['status'] } : {}) }
    ) as Stored;
    const owners = copyOf(entry.owners);
    takeChanged(entry.object, object, updater(status ? `${manager}/status` : manager), owners);
    return this.#commit(entry.kind, entry, object, owners);
  }

  /** The one way in: what the server decides by itself is set here. */
  #commit(kind: Kind, before: Entry | undefined, given: Stored, owners: Owners): Stored {
    const { resourceVersion: _, managedFields: __, ...metadata } = given.metadata;
    const known = before?.object.metadata;
    const isContentSame =
      before !== undefined && canonicalJson(contentOf(before.object)) === canonicalJson(contentOf(given));
    const draft = {
      ...given,
      metadata: {
        ...metadata,
        uid: known?.['uid'] ?? randomUUID(),
        creationTimestamp: known?.['creationTimestamp'] ?? secondsNow(),
        generation: known === undefined ? 1 : Number(known['generation']) + (isContentSame ? 0 : 1),
      },
    };
    if (before !== undefined && isSameState(before.object, draft)) return before.object;
    const fault = timeFault(kind, draft);
    if (fault !== undefined) throw new Refused(400, 'BadRequest', fault);
    const objection = this.admission(kind, draft);
    if (objection !== undefined) {
      throw new Refused(422, 'Invalid', `${named(kind, nameOf(draft).name)} is invalid: ${objection}`);
    }
    const ends = draft.metadata as Json;
    if (ends['deletionTimestamp'] !== undefined && !(ends['finalizers'] as unknown[] | undefined)?.length) {
      return this.#remove({ kind, object: draft, owners });
    }
    this.#version += 1;
    const object = {
      ...draft,
      metadata: {
        ...draft.metadata,
        resourceVersion: String(this.#version),
        managedFields: managedFields(owners),
      },
    };
    this.#entries.set(entryKey(kind, nameOf(object)), { kind, object, owners });
    this.#tell({
      version: this.#version,
      kind,
      type: before ? 'MODIFIED' : 'ADDED',
      object,
      previous: before?.object,
    });
    this.#collectLate(kind, object);
    return object;
  }

  /** What is made for an owner that has gone meanwhile goes, too. */
  #collectLate(kind: Kind, object: Stored): void {
    const owners = ownersOf(object);
    const isLate = owners.length > 0 && owners.every(({ uid }) => this.#gone.has(String(uid)));
    if (isLate) this.delete(kind, nameOf(object));
  }

  #remove({ kind, object: last }: Entry): Stored {
    this.#version += 1;
    const object = { ...last, metadata: { ...last.metadata, resourceVersion: String(this.#version) } };
    this.#entries.delete(entryKey(kind, nameOf(object)));
    this.#gone.add(String(last.metadata['uid']));
    this.#tell({ version: this.#version, kind, type: 'DELETED', object, previous: last });
    this.#collectOrphans(String(last.metadata['uid']));
    return object;
  }

  /** What belonged to it alone goes with it, as with propagation policy Background. */
  #collectOrphans(uid: string): void {
    for (const { kind, object } of this.#entries.values()) {
      const references = ownersOf(object);
      if (references.length > 0 && references.every((reference) => reference.uid === uid)) {
        this.delete(kind, nameOf(object));
      }
    }
  }

  #tell(change: StoredChange): void {
    this.#history.push(change);
    this.#listener(change);
  }

  #entry(kind: Kind, name: ObjectName): Entry {
    const entry = this.#entries.get(entryKey(kind, name));
    if (entry === undefined) throw new Refused(404, 'NotFound', `${named(kind, name.name)} not found`);
    return entry;
  }
}

function ownersOf({ metadata }: Stored): readonly { readonly uid?: string }[] {
  return (metadata['ownerReferences'] ?? []) as readonly { readonly uid?: string }[];
}

export function nameOf(object: Stored): ObjectName {
  const { name, namespace } = object.metadata;
  return typeof namespace === 'string' ? { name: String(name), namespace } : { name: String(name) };
}

function nameIn(object: Stored): string {
  return keyOf(nameOf(object));
}

function entryKey({ apiVersion, kind }: Kind, name: ObjectName): string {
  return `${apiVersion}/${kind}/${keyOf(name)}`;
}

export function isSameKind(a: Kind, b: Kind): boolean {
  return a.apiVersion === b.apiVersion && a.kind === b.kind;
}

function objectGiven(kind: Kind, given: unknown): Stored {
  if (!isRecord(given) || !isRecord(given['metadata']) || typeof given['metadata']['name'] !== 'string') {
    throw new Refused(400, 'BadRequest', 'an object needs metadata.name');
  }
  if (given['apiVersion'] !== kind.apiVersion || given['kind'] !== kind.kind) {
    throw new Refused(400, 'BadRequest', `the object is no ${kind.apiVersion} ${kind.kind}`);
  }
  return structuredClone(given) as Stored;
}

/** To an apply with a uid, another one of that name is not in conflict but wrong. */
function requireUid(kind: Kind, live: Stored, { uid }: Json): void {
  if (uid === undefined || uid === live.metadata['uid']) return;
  const sentence = `metadata.uid: Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  throw new Refused(422, 'Invalid', `${named(kind, nameOf(live).name)} is invalid: ${sentence}`);
}

function requireVersion(kind: Kind, live: Stored, wanted: Json): void {
  for (const field of ['uid', 'resourceVersion']) {
    if (wanted[field] === undefined || wanted[field] === live.metadata[field]) continue;
    throw new Refused(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${named(kind, nameOf(live).name)}: precondition failed: ${field} is ${String(live.metadata[field])}, not ${JSON.stringify(wanted[field])}`,
    );
  }
}

function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return structuredClone(patch);
  const result: Json = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatched(result[name], value);
  }
  return result;
}

function withoutStatus(object: Stored): Stored {
  const { status: _, ...rest } = object;
  return rest;
}

function statusOnly({ apiVersion, kind, metadata, status }: Stored): Stored {
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status };
}

/** What a manager applies and what it writes otherwise has two owners, as on the real server. */
function updater(manager: string): string {
  return `${manager} by update`;
}

/** Everything that a generation counts. */
function contentOf(object: Stored): Json {
  const { metadata: _, status: __, ...content } = object;
  return content;
}

function isSameState(live: Stored, draft: Stored): boolean {
  const { resourceVersion: _, managedFields: __, ...metadata } = live.metadata;
  return canonicalJson({ ...live, metadata }) === canonicalJson(draft);
}

function copyOf(owners: Owners): Owners {
  return new Map([...owners].map(([manager, paths]) => [manager, new Set(paths)]));
}

function managedFields(owners: Owners): Json[] {
  return [...owners].map(([manager, paths]) => ({ manager, fieldsType: 'FieldsV1', fields: [...paths] }));
}

/** The real server parses times: a Lease or an Event with milliseconds is refused. */
function timeFault(kind: Kind, object: Stored): string | undefined {
  const spec = (kind.kind === 'Lease' ? object['spec'] : object) as Json | undefined;
  const fields =
    kind.kind === 'Lease' ? ['acquireTime', 'renewTime'] : kind.kind === 'Event' ? ['eventTime'] : [];
  for (const field of fields) {
    const value = spec?.[field];
    if (value !== undefined && !(typeof value === 'string' && MICRO_TIME.test(value))) {
      return `${field} must be a MicroTime: it is ${JSON.stringify(value)}`;
    }
  }
  return undefined;
}

function secondsNow(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
