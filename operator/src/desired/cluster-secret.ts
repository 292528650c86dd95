/** What the replicas share, and the operator shows at the admin port. */
import { clusterSecretName } from './names.ts';
import { metadataLikeVolumes, type OwnedObject } from './owned-object.ts';
import type { Wanted } from './wanted.ts';

/** The file that the replicas read: one secret a line. */
export const CLUSTER_SECRET_KEY = 'secret';

export function clusterSecret(wanted: Wanted): OwnedObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataLikeVolumes(wanted, clusterSecretName(wanted.metadata.name)),
    type: 'Opaque',
    data: { [CLUSTER_SECRET_KEY]: base64(wanted.clusterSecret) },
  };
}

/** As a Secret holds what is in it. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
