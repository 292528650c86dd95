/** All clusters as a person wants to see them: what their status says, worst first. Of what the caches hold; nobody is asked. */
import type { LooseObject } from '../controller/cluster-objects.ts';
import type { ConditionType } from '../resource/status/conditions.ts';

export type Standing = 'serves' | 'impaired' | 'down' | 'unknown';

export interface ShownCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface ClusterSummary {
  readonly namespace: string;
  readonly name: string;
  readonly standing: Standing;
  /** `3/3`, as `kubectl get pxc` shows it. */
  readonly ready: string;
  /** A pod; empty: nobody is known to lead. */
  readonly leader: string;
  readonly image: string;
  /** Those that are not as they should be. */
  readonly conditions: readonly ShownCondition[];
}

/** What the page asks for. */
export interface Fleet {
  readonly clusters: readonly ClusterSummary[];
  /** Since the operator last heard of the API server: all of it may be that old. */
  readonly heardMsAgo: number;
}

/** Worth a word when they hold; all others when they don't. */
const TOLD_WHEN_TRUE: ReadonlySet<string> = new Set<ConditionType>(['Degraded', 'Progressing', 'Paused']);
const ORDER: readonly Standing[] = ['down', 'unknown', 'impaired', 'serves'];

export function fleetOf(clusters: readonly LooseObject[]): ClusterSummary[] {
  return clusters.map(summaryOf).toSorted((a, b) => {
    const byStanding = ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing);
    return byStanding || compareTexts(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`);
  });
}

function summaryOf(cluster: LooseObject): ClusterSummary {
  const status = recordOf(cluster['status']);
  const all = Array.isArray(status['conditions']) ? status['conditions'].map(conditionOf) : [];
  const conditions = all.filter(({ type, status: is }) => (is === 'True') === TOLD_WHEN_TRUE.has(type));
  const { namespace = '', name } = cluster.metadata;
  return {
    namespace,
    name,
    standing: standingOf(all, conditions),
    ready: textOf(status['ready']),
    leader: textOf(status['leader']),
    image: textOf(recordOf(cluster['spec'])['image']),
    conditions,
  };
}

function standingOf(all: readonly ShownCondition[], wrong: readonly ShownCondition[]): Standing {
  const available = all.find(({ type }) => type === 'Available');
  if (available?.status === 'False') return 'down';
  if (available?.status !== 'True') return 'unknown';
  return wrong.length === 0 ? 'serves' : 'impaired';
}

function conditionOf(value: unknown): ShownCondition {
  const record = recordOf(value);
  const text = (name: string): string => textOf(record[name]);
  return { type: text('type'), status: text('status'), reason: text('reason'), message: text('message') };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
