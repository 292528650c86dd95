/** The ports of a pod: the replicas' own defaults. */

export const PORTS = { redis: 6379, peer: 7379, http: 8379, admin: 9379, cluster: 5379 } as const;

export type PortName = keyof typeof PORTS;

/** For clients. */
export const CLIENT_PORTS: readonly PortName[] = ['redis', 'http', 'cluster'];
/** What pods open to each other: links, and `paxosctl` in one pod that asks the others. */
export const PEER_PORTS: readonly PortName[] = ['peer', 'admin'];
export const ALL_PORTS: readonly PortName[] = ['redis', 'peer', 'http', 'admin', 'cluster'];

/** As a Service lists them; it forwards to the pods' ports by name. */
export function servicePorts(names: readonly PortName[]) {
  return names.map((name) => ({ name, port: PORTS[name], targetPort: name, protocol: 'TCP' }));
}

/** As a NetworkPolicy lists them. */
export function policyPorts(names: readonly PortName[]) {
  return names.map((name) => ({ port: name, protocol: 'TCP' }));
}
