/** What a pod can't know by itself and is told when it starts. A change rolls no pod: who is to read it is made anew. */
import { ordersName } from './names.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import type { Wanted } from './wanted.ts';

export const ORDERS_KEY = 'orders.json';

export function orders(wanted: Wanted): OwnedObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(wanted, ordersName(wanted.metadata.name)),
    data: { [ORDERS_KEY]: JSON.stringify(wanted.orders) },
  };
}
