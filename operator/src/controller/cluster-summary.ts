/** What the status of a cluster says, in short: enough to count and to colour it from afar. */
import { parsePaxosCluster } from '../resource/paxos-cluster.ts';
import { CONDITION_TYPES, type ConditionType } from '../resource/status/conditions.ts';
import type { PaxosClusterStatus } from '../resource/status/status.ts';
import type { LooseObject } from './cluster-objects.ts';

export interface ClusterSummary {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: the spec can't be read. */
  readonly replicasWanted: number | undefined;
  readonly replicasReady: number;
  /** Undefined: the spec can't be read. */
  readonly asksForMonitor: boolean | undefined;
  /** Whether the operator knows who leads. */
  readonly hasLeader: boolean;
  /** Every type there is; undefined: nothing is known of it. */
  readonly conditions: Readonly<Record<ConditionType, boolean | undefined>>;
}

/** As it was written last: whoever is behind it also sees what an earlier process wrote. */
export function clusterSummary(resource: LooseObject): ClusterSummary {
  const parsed = parsePaxosCluster(resource);
  // A spec of another release is no reason to be silent about the rest.
  const status = (resource['status'] ?? {}) as PaxosClusterStatus;
  const statuses = new Map((status.conditions ?? []).map((each) => [each.type, each.status]));
  const conditions = Object.fromEntries(
    CONDITION_TYPES.map((type) => {
      const said = statuses.get(type);
      return [type, said === 'True' ? true : said === 'False' ? false : undefined];
    }),
  );
  return {
    namespace: resource.metadata.namespace ?? '',
    name: resource.metadata.name,
    replicasWanted: parsed.kind === 'parsed' ? parsed.cluster.spec.replicas : undefined,
    replicasReady: status.readyReplicas ?? 0,
    asksForMonitor: parsed.kind === 'parsed' ? parsed.cluster.spec.monitoring.monitor !== 'None' : undefined,
    hasLeader: status.leader !== undefined,
    conditions: conditions as ClusterSummary['conditions'],
  };
}
