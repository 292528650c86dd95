/** On which nodes the pods may run. */
import { choice, defaulted, integer, list, optional, record, required, text } from '../schema/description.ts';
import { objectName, qualifiedName, soughtLabels } from '../schema/names.ts';
import { AFFINITY } from './affinity.ts';
import { LABEL_SELECTOR } from './selectors.ts';

const TOLERATIONS_MAX = 32;
const CONSTRAINTS_MAX = 8;
/** No cluster has more replicas. */
const SKEW_MAX = 7;
const DOMAINS_MAX = 64;
const SECONDS_MAX = 2 ** 31 - 1;
const TAINT_CHARACTERS_MAX = 317;
const TAINT_VALUE_CHARACTERS_MAX = 63;

const TOLERATION = record(
  'A taint of nodes that the pods put up with.',
  {
    key: optional(text('The key of the taint; none: every taint.', { charactersMax: TAINT_CHARACTERS_MAX })),
    operator: defaulted(choice('How its value is compared.', ['Equal', 'Exists']), 'Equal'),
    value: optional(text('The value of the taint.', { charactersMax: TAINT_VALUE_CHARACTERS_MAX })),
    effect: optional(
      choice('The effect of the taint; none: every effect.', ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
    ),
    tolerationSeconds: optional(
      integer('How long they put up with NoExecute.', { min: 0, max: SECONDS_MAX }),
    ),
  },
  {
    rules: [
      {
        cel: "self.operator == 'Equal' || !has(self.value) || self.value == ''",
        holds: ({ operator, value = '' }) => operator === 'Equal' || value === '',
        must: 'must be absent with the operator Exists',
        field: 'value',
      },
      {
        cel: "(has(self.key) && self.key != '') || self.operator == 'Exists'",
        holds: ({ operator, key = '' }) => key !== '' || operator === 'Exists',
        must: 'must be Exists where there is no key',
        field: 'operator',
      },
      {
        cel: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === 'NoExecute',
        must: 'must be absent unless the effect is NoExecute',
        field: 'tolerationSeconds',
      },
    ],
  },
);

const CONSTRAINT = record(
  'Over what the pods are spread, and how evenly.',
  {
    maxSkew: required(integer('By how many pods two places may differ.', { min: 1, max: SKEW_MAX })),
    topologyKey: required(
      qualifiedName('Nodes that share the value of this label are one place: topology.kubernetes.io/zone.'),
    ),
    whenUnsatisfiable: required(
      choice('What happens when it is not possible.', ['DoNotSchedule', 'ScheduleAnyway']),
    ),
    labelSelector: optional(LABEL_SELECTOR),
    minDomains: optional(integer('How many places there must be.', { min: 1, max: DOMAINS_MAX })),
    nodeAffinityPolicy: optional(choice('Whether nodes that affinity rules out count.', ['Honor', 'Ignore'])),
    nodeTaintsPolicy: optional(choice('Whether tainted nodes count.', ['Honor', 'Ignore'])),
  },
  {
    rules: [
      {
        cel: "!has(self.minDomains) || self.whenUnsatisfiable == 'DoNotSchedule'",
        holds: ({ minDomains, whenUnsatisfiable }) =>
          minDomains === undefined || whenUnsatisfiable === 'DoNotSchedule',
        must: 'must be absent unless whenUnsatisfiable is DoNotSchedule',
        field: 'minDomains',
      },
    ],
  },
);

export const SCHEDULING = record('On which nodes the pods run.', {
  nodeSelector: optional(soughtLabels('Labels that a node must have.')),
  affinity: optional(AFFINITY),
  tolerations: optional(list('Taints that the pods put up with.', TOLERATION, { itemsMax: TOLERATIONS_MAX })),
  topologySpreadConstraints: optional(
    list(
      'How the pods are spread. Without a labelSelector it speaks of the pods of this cluster. By default evenly over zones and nodes as far as that is possible; an empty list: not at all.',
      CONSTRAINT,
      { itemsMax: CONSTRAINTS_MAX },
    ),
  ),
  priorityClassName: optional(objectName('The PriorityClass of the pods.')),
});
