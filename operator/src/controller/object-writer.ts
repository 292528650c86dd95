/** Makes the owned objects what they ought to be: in the order of creation, and those only that are not so already. */
import { desiredObjects, type ObjectReference, surplusObjects } from '../desired/desired-objects.ts';
import { CLUSTER_LABEL } from '../desired/labels.ts';
import type { Wanted } from '../desired/wanted.ts';
import type { Applier } from '../kube/applier.ts';
import { backoffMs } from '../kube/backoff.ts';
import { PERSISTENT_VOLUME_CLAIM, SECRET, STATEFUL_SET } from '../kube/builtin-kinds.ts';
import { isRefusal, NotFound } from '../kube/failures.ts';
import { canonicalJson } from '../kube/json-text.ts';
import type { Kind } from '../kube/kind.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { keyOf, type KubeObject, type ObjectName } from '../kube/kube-object.ts';
import {
  type CachedObjects,
  type ClusterObjects,
  FOREIGN_KINDS,
  type LooseObject,
  OWNED_KINDS,
} from './cluster-objects.ts';
import { isMounted, mustGrow } from './read-objects.ts';
import type { ApplyRefusal } from './refusals.ts';

/** Somebody may allow it meanwhile, in the StorageClass. */
const REFUSED_AGE_MS = 300_000;
/** A quota may be raised, an admission rule mended: nobody tells us. */
const REFUSED_BACKOFF = { firstMs: 1_000, mostMs: 60_000 };

export interface WritingTools {
  readonly api: KubeApi;
  readonly applier: Applier;
  readonly cached: CachedObjects;
}

export interface Written {
  /** `isNews`: it was asked for just now, and refused for the first time in these words. */
  readonly refusals: readonly (ApplyRefusal & { readonly isNews: boolean })[];
  /** A sentence for each volume that may not grow. */
  readonly volumes: readonly string[];
}

interface RefusedObject {
  readonly text: string;
  readonly message: string;
  readonly failures: number;
  readonly againMs: number;
}

interface ClusterRefusals {
  /** By kind and name. */
  readonly objects: Map<string, RefusedObject>;
  /** Claims that could not grow, by uid: asking again with every look would be a write with every look. */
  readonly claims: Map<string, { readonly size: string; readonly atMs: number }>;
}

export class ObjectWriter {
  readonly #tools: WritingTools;
  /** By the cluster's key. */
  readonly #refusals = new Map<string, ClusterRefusals>();

  constructor(tools: WritingTools) {
    this.#tools = tools;
  }

  /** The cluster is gone. */
  forget(cluster: Required<ObjectName>): void {
    this.#refusals.delete(keyOf(cluster));
  }

  #refusalsOf({ metadata }: Wanted): ClusterRefusals {
    const key = keyOf(metadata);
    const known = this.#refusals.get(key) ?? { objects: new Map(), claims: new Map() };
    this.#refusals.set(key, known);
    return known;
  }

  /** What the API server refuses is told: everything else goes on. */
  async write(wanted: Wanted, objects: ClusterObjects): Promise<Written> {
    const refusals: Written['refusals'][number][] = [];
    const note = (refusal: Written['refusals'][number] | undefined): void => {
      if (refusal !== undefined) refusals.push(refusal);
    };
    const refused = this.#refusalsOf(wanted);
    for (const object of desiredObjects(wanted)) {
      // The first pods come when what they need is there, and their doors are guarded.
      const isFirst = kindOf(object) === STATEFUL_SET && objects.statefulSet === undefined;
      if (isFirst && refusals.length > 0) continue;
      const { kind, metadata } = object;
      const what = { kind, name: metadata.name };
      note(
        await this.#attempt(refused, what, object, async () => await this.#apply(object, wanted, objects)),
      );
    }
    for (const reference of surplusObjects(wanted)) {
      const { kind, name } = reference;
      const remove = async (): Promise<void> => await this.#remove(reference, wanted, objects);
      note(await this.#attempt(refused, { kind, name }, 'removed', remove));
    }
    const uids = new Set(objects.claims.map(({ metadata }) => metadata.uid));
    for (const uid of refused.claims.keys()) if (!uids.has(uid)) refused.claims.delete(uid);
    const volumes: string[] = [];
    for (const claim of objects.claims) {
      const refusal = await this.#grow(refused, claim, wanted);
      if (refusal !== undefined) volumes.push(refusal);
    }
    return { refusals, volumes };
  }

  /** What was refused is asked for again when something else is wanted, or after a while, longer each time. */
  async #attempt(
    { objects: refused }: ClusterRefusals,
    { kind, name }: { kind: string; name: string },
    wanted: unknown,
    write: () => Promise<void>,
  ): Promise<Written['refusals'][number] | undefined> {
    const key = `${kind}/${name}`;
    const last = refused.get(key);
    const isSame = last !== undefined && last.text === canonicalJson(wanted);
    if (isSame && performance.now() < last.againMs)
      return { kind, name, message: last.message, isNews: false };
    try {
      await write();
      refused.delete(key);
      return undefined;
    } catch (error) {
      if (!isRefusal(error) && !(error instanceof NameTaken) && !isGone(kind, error)) throw error;
      const failures = isSame ? last.failures + 1 : 0;
      const { message } = error;
      const againMs = performance.now() + backoffMs(failures, REFUSED_BACKOFF);
      refused.set(key, { text: canonicalJson(wanted), message, failures, againMs });
      return { kind, name, message, isNews: !isSame || message !== last.message };
    }
  }

  async #apply(object: KubeObject, { metadata }: Wanted, objects: ClusterObjects): Promise<void> {
    const { api, applier, cached } = this.#tools;
    const kind = kindOf(object);
    const { name, namespace = '' } = object.metadata;
    const seen = kind === STATEFUL_SET ? objects.statefulSet : cached.find(kind, { name, namespace });
    // The caches hold what bears our labels: of that name there may be something else.
    const live = seen ?? (await api.find<LooseObject>(kind, { name, namespace }));
    if (live !== undefined && !mayChange(kind, live, metadata)) throw new NameTaken(live);
    // How many pods there are to be was decided by the version that was seen: of another one it may be wrong, and take volumes along.
    await applier.apply(kind, object, live, { exactly: kind === STATEFUL_SET });
  }

  async #remove(
    { name, ...reference }: ObjectReference,
    { metadata }: Wanted,
    objects: ClusterObjects,
  ): Promise<void> {
    const { api, applier, cached } = this.#tools;
    const kind = kindOf(reference);
    const live = cached.find(kind, { name, namespace: metadata.namespace });
    if (live === undefined || !isOurs(live, metadata) || live.metadata.deletionTimestamp !== undefined)
      return;
    if (kind === SECRET && isMounted(name, objects)) return;
    try {
      await api.delete(kind, { name, namespace: metadata.namespace, uid: live.metadata.uid });
    } catch (error) {
      // It has gone by itself, or with its kind.
      if (!(error instanceof NotFound)) throw error;
    }
    applier.forget(kind, { name, namespace: metadata.namespace });
  }

  async #grow(
    { claims: refused }: ClusterRefusals,
    claim: LooseObject,
    { spec, metadata }: Wanted,
  ): Promise<string | undefined> {
    const { name, uid } = claim.metadata;
    const { size } = spec.storage;
    const last = refused.get(uid);
    const isRefused = last?.size === size && performance.now() - last.atMs < REFUSED_AGE_MS;
    if (!mustGrow(claim, size) || isRefused) return undefined;
    const patch = {
      metadata: { uid },
      spec: { resources: { requests: { storage: size } } },
    };
    try {
      await this.#tools.api.patch(PERSISTENT_VOLUME_CLAIM, { name, namespace: metadata.namespace }, patch);
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.set(uid, { size, atMs: performance.now() });
      return `${name} can't grow to ${size}: ${error.message}`;
    }
  }
}

/** Who brought the kind has taken it away: that is noticed soon, and told until then. */
function isGone(kind: string, error: unknown): error is NotFound {
  return error instanceof NotFound && FOREIGN_KINDS.some((foreign) => foreign.kind === kind);
}

/** An object of that name is there, and is not the cluster's. Over an object of somebody else nobody fights. */
class NameTaken extends Error {
  override readonly name = 'NameTaken';

  constructor({ metadata }: LooseObject) {
    const cluster = metadata.labels?.[CLUSTER_LABEL];
    const whose = cluster === undefined ? 'somebody else' : `the PaxosCluster ${cluster}`;
    super(`the name is taken by an object of ${whose}, which is let be: remove or rename one of the two`);
  }
}

/** Every object of a cluster bears its label. In the Secrets others may have put values first: see `SharedSecrets`. */
function mayChange(kind: Kind, live: LooseObject, { name, uid }: Wanted['metadata']): boolean {
  const cluster = live.metadata.labels?.[CLUSTER_LABEL];
  if (cluster !== undefined) return cluster === name;
  return kind === SECRET || (live.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}

/** Owned by this cluster; or by nobody, and made for a cluster of this name. */
function isOurs({ metadata }: LooseObject, { name, uid }: Wanted['metadata']): boolean {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return metadata.labels?.[CLUSTER_LABEL] === name;
  return owners.some((owner) => owner.uid === uid);
}

function kindOf(object: { readonly apiVersion: string; readonly kind: string }): Kind {
  const found = [...OWNED_KINDS, ...FOREIGN_KINDS].find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (found === undefined)
    throw new Error(`${object.apiVersion} ${object.kind} is no kind that a cluster owns`);
  return found;
}
