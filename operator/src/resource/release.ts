/** What belongs to this release. A test sees to it that the version is the package's. */
export const VERSION = '0.1.0';
export const NODE_IMAGE = `paxoskv/node:${VERSION}`;

/** The machinery of other names: `paxosclusters.paxoskv.dev`, `kubectl get pxc`. */
export const GROUP = 'paxoskv.dev';
export const API_VERSION_NAME = 'v1alpha1';
export const API_VERSION = 'paxoskv.dev/v1alpha1';
export const KIND = 'PaxosCluster';
export const PLURAL = 'paxosclusters';
