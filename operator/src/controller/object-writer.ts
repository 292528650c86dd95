/** Makes the owned objects what they ought to be: in the order of creation, and those only that are not so already. */
import { desiredObjects, type ObjectReference, surplusObjects } from '../desired/desired-objects.ts';
import { CLUSTER_LABEL } from '../desired/labels.ts';
import type { Wanted } from '../desired/wanted.ts';
import type { Applier } from '../kube/applier.ts';
import { PERSISTENT_VOLUME_CLAIM, STATEFUL_SET } from '../kube/builtin-kinds.ts';
import { Forbidden, Invalid } from '../kube/failures.ts';
import type { Kind } from '../kube/kind.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import {
  type CachedObjects,
  type ClusterObjects,
  FOREIGN_KINDS,
  type LooseObject,
  OWNED_KINDS,
} from './cluster-objects.ts';
import { mustGrow } from './read-objects.ts';

export interface WritingTools {
  readonly api: KubeApi;
  readonly applier: Applier;
  readonly cached: CachedObjects;
}

export class ObjectWriter {
  readonly #tools: WritingTools;
  /** Claims that can't grow, by uid, with the size that was refused: asking again would be a write with every look. */
  readonly #refusedSizes = new Map<string, string>();

  constructor(tools: WritingTools) {
    this.#tools = tools;
  }

  async write(wanted: Wanted, objects: ClusterObjects): Promise<void> {
    for (const object of desiredObjects(wanted)) await this.#apply(object, objects);
    for (const reference of surplusObjects(wanted)) await this.#remove(reference, wanted);
    for (const claim of objects.claims) await this.#grow(claim, wanted);
  }

  async #apply(object: KubeObject, objects: ClusterObjects): Promise<void> {
    const { api, applier, cached } = this.#tools;
    const kind = kindOf(object);
    const { name, namespace = '' } = object.metadata;
    if (kind !== STATEFUL_SET) {
      await applier.apply(kind, object, cached.find(kind, { name, namespace }));
      return;
    }
    // How many pods there are to be was decided by the version that was seen: of another one it may be wrong, and take volumes along.
    const live = objects.statefulSet ?? (await api.find(STATEFUL_SET, { name, namespace }));
    await applier.apply(kind, object, live, { exactly: true });
  }

  async #remove({ name, ...reference }: ObjectReference, { metadata }: Wanted): Promise<void> {
    const { api, applier, cached } = this.#tools;
    const kind = kindOf(reference);
    const live = cached.find(kind, { name, namespace: metadata.namespace });
    if (live === undefined || !isOurs(live, metadata) || live.metadata.deletionTimestamp !== undefined)
      return;
    await api.delete(kind, { name, namespace: metadata.namespace, uid: live.metadata.uid });
    applier.forget(kind, { name, namespace: metadata.namespace });
  }

  async #grow(claim: LooseObject, { spec, metadata }: Wanted): Promise<void> {
    const { name, uid } = claim.metadata;
    const { size } = spec.storage;
    if (!mustGrow(claim, size) || this.#refusedSizes.get(uid) === size) return;
    const patch = {
      metadata: { uid },
      spec: { resources: { requests: { storage: size } } },
    };
    try {
      await this.#tools.api.patch(PERSISTENT_VOLUME_CLAIM, { name, namespace: metadata.namespace }, patch);
    } catch (error) {
      // Of a class that can't grow: everything else goes on, and the condition StorageReady says that the volume is too small.
      if (!(error instanceof Forbidden) && !(error instanceof Invalid)) throw error;
      this.#refusedSizes.set(uid, size);
    }
  }
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
