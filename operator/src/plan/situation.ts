/** What was observed, with what follows from it at once: every rule and every condition begins with this. */
import type { Step } from './decision.ts';
import type { Observed } from './observed.ts';
import { findQuorum, type QuorumFinding } from './quorum.ts';
import { type KnownCluster, knownCluster } from './steps/bootstrap.ts';
import { type ClusterView, viewOf } from './view.ts';

export interface Situation {
  readonly observed: Observed;
  readonly cluster: KnownCluster;
  /** Of the cluster that is known; undefined before that. */
  readonly clusterId: string | undefined;
  readonly view: ClusterView | undefined;
  readonly quorum: QuorumFinding;
}

/** What is done about it. */
export interface Course {
  /** The one that is carried out; undefined when nothing is to be done. */
  readonly step: Step | undefined;
  /** Those that would be, and wait for something. */
  readonly waiting: readonly Step[];
}

export function situationOf(observed: Observed): Situation {
  const cluster = knownCluster(observed);
  const clusterId = cluster.kind === 'known' ? cluster.clusterId : undefined;
  const view = viewOf(observed, clusterId);
  return { observed, cluster, clusterId, view, quorum: findQuorum(observed, clusterId, view) };
}
