/** For clients: every pod that is ready. Each of them answers everything. */
import { podSelector } from './labels.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import { CLIENT_PORTS, servicePorts } from './ports.ts';
import type { Wanted } from './wanted.ts';

export function clientService(wanted: Wanted): OwnedObject {
  const { metadata, spec } = wanted;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(wanted, metadata.name, {
      labels: { 'paxoskv.dev/service': 'clients' },
      annotations: spec.service.annotations,
    }),
    spec: {
      type: spec.service.type,
      selector: podSelector(metadata.name),
      ports: servicePorts(CLIENT_PORTS),
    },
  };
}
