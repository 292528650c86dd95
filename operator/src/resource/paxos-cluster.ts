/** The resource as a whole, as the API server hands it out. */
import type { API_VERSION, KIND } from './release.ts';
import type { PaxosClusterSpec } from './spec/spec.ts';
import type { PaxosClusterStatus } from './status/status.ts';

export interface PaxosCluster {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: typeof KIND;
  readonly metadata: PaxosClusterMetadata;
  readonly spec: PaxosClusterSpec;
  readonly status: PaxosClusterStatus;
}

export interface PaxosClusterMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Set: it is being deleted. */
  readonly deletionTimestamp?: string;
}
