/** Gives each pod a name, ready or not: replicas must find each other before any of them can be ready. */
import { podSelector } from './labels.ts';
import { peerServiceName } from './names.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import { ALL_PORTS, servicePorts } from './ports.ts';
import type { Wanted } from './wanted.ts';

export function peerService(wanted: Wanted): OwnedObject {
  const { name } = wanted.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(wanted, peerServiceName(name), { labels: { 'paxoskv.dev/service': 'peers' } }),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: podSelector(name),
      ports: servicePorts(ALL_PORTS),
    },
  };
}
