/** An object that belongs to a PaxosCluster: plain JSON, complete, for server-side apply. It goes when its owner goes, unless volumes that stay need it. */
import { API_VERSION, KIND } from '../resource/release.ts';
import { objectLabels } from './labels.ts';
import type { Wanted } from './wanted.ts';

export interface OwnedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: OwnedMetadata;
  readonly [field: string]: unknown;
}

export interface OwnedMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Absent: it stays when the PaxosCluster goes. */
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
  /** The owner waits for nobody: deleting it must work with no operator. */
  readonly blockOwnerDeletion: false;
}

/** `labels` and `annotations` are the user's, beside ours. */
export function ownedMetadata(
  { metadata }: Pick<Wanted, 'metadata'>,
  name: string,
  more: {
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>> | undefined;
  } = {},
): OwnedMetadata {
  const { annotations } = more;
  return {
    name,
    namespace: metadata.namespace,
    labels: { ...more.labels, ...objectLabels(metadata.name) },
    ...(annotations === undefined ? {} : { annotations }),
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: KIND,
        name: metadata.name,
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
  };
}

/**
 * Of what the replicas and their clients know the cluster by: it stays as long as the volumes do. Kept data that no password of its clients opens
 * would be half of what was promised.
 */
export function metadataLikeVolumes(
  { metadata, spec }: Pick<Wanted, 'metadata' | 'spec'>,
  name: string,
): OwnedMetadata {
  const owned = ownedMetadata({ metadata }, name);
  const { ownerReferences: _, ...kept } = owned;
  return spec.storage.retentionPolicy.whenDeleted === 'Retain' ? kept : owned;
}
