/**
 * A shortcut for clients that care: the pod that leads, which saves a forwarding. While nobody is known to lead it is the
 * same as the clients' Service, so that it is never worse.
 */
import { LEADER_ROLE, podSelector, ROLE_LABEL } from './labels.ts';
import { leaderServiceName } from './names.ts';
import { ownedMetadata, type OwnedObject } from './owned-object.ts';
import { CLIENT_PORTS, servicePorts } from './ports.ts';
import type { Wanted } from './wanted.ts';

export function leaderService(wanted: Wanted): OwnedObject {
  const { name } = wanted.metadata;
  const all = podSelector(name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(wanted, leaderServiceName(name), { labels: { 'paxoskv.dev/service': 'leader' } }),
    spec: {
      type: 'ClusterIP',
      selector: wanted.leaderKnown ? { ...all, [ROLE_LABEL]: LEADER_ROLE } : all,
      ports: servicePorts(CLIENT_PORTS),
    },
  };
}
