/** All of it, as the groups that Prometheus reads. */
import { type Alert, RUNBOOK_URL } from './alert.ts';
import { CLIENT_ALERTS } from './clients.ts';
import { CLUSTER_ALERTS } from './clusters.ts';
import { LEADERSHIP_ALERTS } from './leadership.ts';
import { MEMBER_ALERTS } from './members.ts';
import { OPERATOR_ALERTS } from './operator.ts';
import { RECORDED } from './recorded.ts';
import { ROOM_ALERTS } from './room.ts';
import { SPEED_ALERTS } from './speed.ts';
import { TRUST_ALERTS } from './trust.ts';

export const REPLICA_ALERTS: readonly Alert[] = [
  ...LEADERSHIP_ALERTS,
  ...MEMBER_ALERTS,
  ...ROOM_ALERTS,
  ...SPEED_ALERTS,
  ...TRUST_ALERTS,
  ...CLIENT_ALERTS,
];

export const ALERTS: readonly Alert[] = [...REPLICA_ALERTS, ...CLUSTER_ALERTS, ...OPERATOR_ALERTS];

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

function ruleOf({ name, expr, for: time, severity, summary, description }: Alert): Rule {
  return {
    alert: name,
    expr,
    for: time,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${RUNBOOK_URL}/${name}.md` },
  };
}

/** What is recorded stands before what asks for it: the rules of one group are evaluated in their order. */
export function ruleGroups(): RuleGroup[] {
  return [
    { name: 'paxoskv-replicas', rules: [...RECORDED, ...REPLICA_ALERTS.map(ruleOf)] },
    { name: 'paxoskv-clusters', rules: CLUSTER_ALERTS.map(ruleOf) },
    { name: 'paxoskv-operator', rules: OPERATOR_ALERTS.map(ruleOf) },
  ];
}
