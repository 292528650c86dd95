/** What the owned objects are made of: who owns them, what is asked for, and what is known or decided elsewhere. */
import type { PaxosCluster } from '../resource/paxos-cluster.ts';
import type { PaxosClusterSpec } from '../resource/spec/spec.ts';

export interface Wanted {
  /** The owner. */
  readonly metadata: Pick<PaxosCluster['metadata'], 'name' | 'namespace' | 'uid'>;
  readonly spec: PaxosClusterSpec;
  /** How many pods there are to be now: not always as many as asked for, since members come and go one by one. */
  readonly podCount: number;
  /** Pods above that number are on their way out, and nothing on their volumes belongs to a member: the spec says what becomes of these. */
  readonly surplusVolumesGo: boolean;
  /** How many replicas have a vote, as far as is known; 0 before there is a cluster. */
  readonly voterCount: number;
  /** How many of them can't come back: somebody else answers at their places. */
  readonly lostVoterCount: number;
  /** Whether a ready pod carries the label of the leader. */
  readonly leaderKnown: boolean;
  /** What pods are told when they start; becomes JSON. */
  readonly orders: object;
  /** What the replicas share: made once, and read back ever after. */
  readonly clusterSecret: string;
  /** Made once likewise; used when the spec names no Secret. */
  readonly password: string;
  /** The size in the claim template of the StatefulSet that is there, which nobody can change; undefined: there is none yet. */
  readonly templateSize: string | undefined;
  /** Where the operator runs, as far as a NetworkPolicy must know; undefined: outside of the cluster. */
  readonly operator: OperatorPods | undefined;
  /** The kinds of others that this API server knows. */
  readonly served: ServedKinds;
}

export interface OperatorPods {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServedKinds {
  readonly serviceMonitor: boolean;
  readonly podMonitor: boolean;
  readonly certificate: boolean;
}
