/** What is refused of `spec.scheduling`: our own rules, and those of Kubernetes that reach deep into it. */
import type { RefusedSpec } from './refused-spec.ts';

const WORKERS = { key: 'pool', operator: 'In', values: ['workers'] };
const HOST = 'kubernetes.io/hostname';

function nodeAffinity(...matchExpressions: readonly unknown[]) {
  const nodeSelectorTerms = [{ matchExpressions }];
  return {
    scheduling: {
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    },
  };
}

const NODE_EXPRESSION =
  'spec.scheduling.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

const tolerating = (toleration: unknown) => ({ scheduling: { tolerations: [toleration] } });
const spread = (constraint: unknown) => ({ scheduling: { topologySpreadConstraints: [constraint] } });

export const REFUSED_SCHEDULING: readonly RefusedSpec[] = [
  {
    what: 'a node label that is no key',
    spec: { scheduling: { nodeSelector: { 'my pool': 'a' } } },
    path: 'spec.scheduling.nodeSelector',
    must: 'must have keys of at most 63 letters',
  },
  {
    what: 'a node label with a value that is none',
    spec: { scheduling: { nodeSelector: { pool: 'a b' } } },
    path: 'spec.scheduling.nodeSelector[pool]',
    must: 'must be the value of a label',
  },
  {
    what: 'a toleration that compares nothing',
    spec: tolerating({ key: 'a', operator: 'Exists', value: 'b' }),
    path: 'spec.scheduling.tolerations[0].value',
    must: 'must be absent with the operator Exists',
  },
  {
    what: 'a toleration of nothing',
    spec: tolerating({ value: 'b' }),
    path: 'spec.scheduling.tolerations[0].operator',
    must: 'must be Exists where there is no key',
  },
  {
    what: 'seconds for a taint that evicts nobody',
    spec: tolerating({ key: 'a', operator: 'Exists', tolerationSeconds: 5 }),
    path: 'spec.scheduling.tolerations[0].tolerationSeconds',
    must: 'must be absent unless the effect is NoExecute',
  },
  {
    what: 'a taint without such an effect',
    spec: tolerating({ key: 'a', operator: 'Exists', effect: 'NoRun' }),
    path: 'spec.scheduling.tolerations[0].effect',
    server: 'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  },
  {
    what: 'a skew of none',
    spec: spread({ maxSkew: 0, topologyKey: HOST, whenUnsatisfiable: 'DoNotSchedule' }),
    path: 'spec.scheduling.topologySpreadConstraints[0].maxSkew',
    server: 'greater than or equal to 1',
  },
  {
    what: 'a spread over nothing',
    spec: spread({ maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }),
    path: 'spec.scheduling.topologySpreadConstraints[0].topologyKey',
    server: 'Required value',
  },
  {
    what: 'a spread that does not know what it wants',
    spec: spread({ maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: 'Never' }),
    path: 'spec.scheduling.topologySpreadConstraints[0].whenUnsatisfiable',
    server: 'supported values: "DoNotSchedule", "ScheduleAnyway"',
  },
  {
    what: 'places that need not be there',
    spec: spread({ maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 3 }),
    path: 'spec.scheduling.topologySpreadConstraints[0].minDomains',
    must: 'must be absent unless whenUnsatisfiable is DoNotSchedule',
  },
  {
    what: 'affinity to no value',
    spec: nodeAffinity({ key: 'pool', operator: 'In' }),
    path: `${NODE_EXPRESSION}.values`,
    must: 'must have values with In',
  },
  {
    what: 'affinity to a value that is not compared',
    spec: nodeAffinity({ ...WORKERS, operator: 'Exists' }),
    path: `${NODE_EXPRESSION}.values`,
    must: 'must have values with In',
  },
  {
    what: 'affinity to more than two numbers',
    spec: nodeAffinity({ key: 'cores', operator: 'Gt', values: ['1', '2'] }),
    path: `${NODE_EXPRESSION}.values`,
    must: 'must be one number with Gt and Lt',
  },
  {
    what: 'affinity by an operator of its own',
    spec: nodeAffinity({ ...WORKERS, operator: 'Like' }),
    path: `${NODE_EXPRESSION}.operator`,
    server: 'supported values',
  },
  {
    what: 'affinity to no term',
    spec: { scheduling: { affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [] } } } } },
    path: `spec.scheduling.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`,
    server: 'at least 1 items',
  },
  {
    what: 'a wish without weight',
    spec: {
      scheduling: {
        affinity: {
          podAntiAffinity: { [PREFERRED]: [{ weight: 0, podAffinityTerm: { topologyKey: HOST } }] },
        },
      },
    },
    path: `spec.scheduling.affinity.podAntiAffinity.${PREFERRED}[0].weight`,
    server: 'greater than or equal to 1',
  },
  {
    what: 'nearness without a place',
    spec: { scheduling: { affinity: { podAffinity: { [REQUIRED]: [{}] } } } },
    path: `spec.scheduling.affinity.podAffinity.${REQUIRED}[0].topologyKey`,
    server: 'Required value',
  },
  {
    what: 'a priority class that is no name',
    spec: { scheduling: { priorityClassName: 'Very High' } },
    path: 'spec.scheduling.priorityClassName',
    must: 'must be the name of an object',
  },
];
