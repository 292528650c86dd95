/** The size of a volume that is there already. Only what is to be changed: the claim itself is the StatefulSet's. */
import { claimName } from './names.ts';
import type { Wanted } from './wanted.ts';

export interface ClaimGrowth {
  readonly apiVersion: 'v1';
  readonly kind: 'PersistentVolumeClaim';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}

/** For server-side apply to a claim that exists: a claim that doesn't is not made by this. */
export function claimGrowth(
  { metadata, spec }: Pick<Wanted, 'metadata' | 'spec'>,
  ordinal: number,
): ClaimGrowth {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claimName(metadata.name, ordinal), namespace: metadata.namespace },
    spec: { resources: { requests: { storage: spec.storage.size } } },
  };
}
