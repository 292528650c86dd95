/** What the objects of a cluster are called. Everything follows from the name of the cluster, so that nobody has to be told. */

export const peerServiceName = (cluster: string): string => `${cluster}-peers`;
export const leaderServiceName = (cluster: string): string => `${cluster}-leader`;
export const clusterSecretName = (cluster: string): string => `${cluster}-cluster-secret`;
export const tlsSecretName = (cluster: string): string => `${cluster}-tls`;
export const ordersName = (cluster: string): string => `${cluster}-orders`;
/** Unless the spec names another one. */
export const ownAuthSecretName = (cluster: string): string => `${cluster}-auth`;

/** The name of the claim template, and so the beginning of each claim's name. */
export const DATA_VOLUME = 'data';

export const podName = (cluster: string, ordinal: number): string => `${cluster}-${ordinal}`;
export const claimName = (cluster: string, ordinal: number): string =>
  `${DATA_VOLUME}-${podName(cluster, ordinal)}`;

/** Where others reach a Service. Without the cluster's own domain, which nobody can ask for. */
export const serviceHost = (service: string, namespace: string): string => `${service}.${namespace}.svc`;

/** Where others reach a pod: the address that a replica announces. */
export const podHost = (pod: string, cluster: string, namespace: string): string =>
  `${pod}.${serviceHost(peerServiceName(cluster), namespace)}`;
