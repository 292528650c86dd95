/**
 * What a rule of Prometheus is made of here. Each alert names its cluster by the labels that every scrape has, `namespace` and `job`: the
 * monitors give each cluster a job of its own. Where somebody's own configuration does not, `paxoskv_dev_cluster` tells clusters apart.
 */

/** `critical` wakes somebody: clients are hurt now, or data is in doubt. `warning` waits for office hours. */
export type Severity = 'critical' | 'warning';

export interface Alert {
  /** Also the name of its runbook. */
  readonly name: string;
  readonly severity: Severity;
  /** For so long it must be so, as Prometheus writes durations; `0m`: at once. */
  readonly for: string;
  readonly expr: string;
  /** One line: what is wrong, and where. */
  readonly summary: string;
  /** The figures, and what they mean. */
  readonly description: string;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** Where the runbooks are read, unless the chart is told otherwise: beside the descriptions of the problems that HTTP answers name. */
export const RUNBOOK_URL = 'https://paxoskv.dev/runbooks';

/** In texts: the cluster. */
export const CLUSTER = '{{ $labels.namespace }}/{{ $labels.job }}';
/** In texts: the replica. */
export const REPLICA = '{{ $labels.pod }} of {{ $labels.namespace }}/{{ $labels.job }}';
/** In texts: a member of which only others tell. */
export const MEMBER = '{{ $labels.peer }} at {{ $labels.address }}';

/** Of what each replica tells of its peers, what the leader tells: it alone knows. */
export const AT_LEADER = 'and on (namespace, job, paxoskv_dev_cluster, instance) (paxoskv_is_leader == 1)';
/** Adds the address of the peer that a sample is about. */
export const WITH_ADDRESS = `* on (namespace, job, paxoskv_dev_cluster, peer) group_left (address) max by (namespace, job, paxoskv_dev_cluster, peer, address) (paxoskv_member_info ${AT_LEADER})`;
