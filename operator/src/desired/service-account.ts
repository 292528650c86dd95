/** Who the pods are. Nobody: they never speak to the API server, so there is no token. */
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import type { Wanted } from './wanted.ts';

export function serviceAccount(wanted: Wanted): OwnedObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: ownedMetadata(wanted, wanted.metadata.name),
    automountServiceAccountToken: false,
  };
}
