/** Where pods want to be, and where not: Kubernetes's own words, bounded. */
import { choice, integer, list, optional, record, required, text } from '../schema/description.ts';
import { objectName, qualifiedName } from '../schema/names.ts';
import { EXPRESSIONS_MAX, LABEL_SELECTOR, VALUES_MAX } from './selectors.ts';

const TERMS_MAX = 16;
const KEYS_MAX = 8;
const WEIGHT = { min: 1, max: 100 };
/** A number for Gt and Lt, a label's value for the others, a name in matchFields. */
const NODE_VALUE_CHARACTERS_MAX = 253;

const TAKES_VALUES = ['In', 'NotIn', 'Gt', 'Lt'];
const TAKES_ONE = ['Gt', 'Lt'];

const NODE_CONDITION = record(
  'One condition.',
  {
    key: required(qualifiedName('The key of the label.')),
    operator: required(choice('How it is compared.', ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])),
    values: optional(
      list('What it is compared with.', text('A value.', { charactersMax: NODE_VALUE_CHARACTERS_MAX }), {
        itemsMax: VALUES_MAX,
      }),
    ),
  },
  {
    rules: [
      {
        cel: "(self.operator in ['In', 'NotIn', 'Gt', 'Lt']) == (has(self.values) && size(self.values) > 0)",
        holds: ({ operator, values = [] }) => TAKES_VALUES.includes(operator) === values.length > 0,
        must: 'must have values with In, NotIn, Gt and Lt, and none with Exists and DoesNotExist',
        field: 'values',
      },
      {
        cel: "!(self.operator in ['Gt', 'Lt']) || (has(self.values) && size(self.values) == 1)",
        holds: ({ operator, values = [] }) => !TAKES_ONE.includes(operator) || values.length === 1,
        must: 'must be one number with Gt and Lt',
        field: 'values',
      },
    ],
  },
);

const NODE_TERM = record('Conditions that must all hold.', {
  matchExpressions: optional(
    list('Conditions on labels of the node.', NODE_CONDITION, { itemsMax: EXPRESSIONS_MAX }),
  ),
  matchFields: optional(
    list('Conditions on fields of the node, such as metadata.name.', NODE_CONDITION, {
      itemsMax: EXPRESSIONS_MAX,
    }),
  ),
});

const POD_TERM = record('Pods, and how near they count.', {
  labelSelector: optional(LABEL_SELECTOR),
  namespaceSelector: optional(LABEL_SELECTOR),
  namespaces: optional(
    list('Their namespaces; none: the same one.', objectName('A namespace.'), { itemsMax: TERMS_MAX }),
  ),
  topologyKey: required(
    qualifiedName('Nodes that share the value of this label are one place: kubernetes.io/hostname.'),
  ),
  matchLabelKeys: optional(
    list('Labels of the pod itself that those pods must share.', qualifiedName('A key.'), {
      itemsMax: KEYS_MAX,
    }),
  ),
  mismatchLabelKeys: optional(
    list('Labels of the pod itself that those pods must not share.', qualifiedName('A key.'), {
      itemsMax: KEYS_MAX,
    }),
  ),
});

const POD_TERMS = {
  requiredDuringSchedulingIgnoredDuringExecution: optional(
    list('What must be so.', POD_TERM, { itemsMax: TERMS_MAX }),
  ),
  preferredDuringSchedulingIgnoredDuringExecution: optional(
    list(
      'What would be better.',
      record('A wish and its weight.', {
        weight: required(integer('How much it counts.', WEIGHT)),
        podAffinityTerm: required(POD_TERM),
      }),
      { itemsMax: TERMS_MAX },
    ),
  ),
};

export const AFFINITY = record('Where the pods want to be, as in a pod.', {
  nodeAffinity: optional(
    record('Which nodes.', {
      requiredDuringSchedulingIgnoredDuringExecution: optional(
        record('What must be so.', {
          nodeSelectorTerms: required(
            list('One of these must hold.', NODE_TERM, { itemsMin: 1, itemsMax: TERMS_MAX }),
          ),
        }),
      ),
      preferredDuringSchedulingIgnoredDuringExecution: optional(
        list(
          'What would be better.',
          record('A wish and its weight.', {
            weight: required(integer('How much it counts.', WEIGHT)),
            preference: required(NODE_TERM),
          }),
          { itemsMax: TERMS_MAX },
        ),
      ),
    }),
  ),
  podAffinity: optional(record('Near which pods.', POD_TERMS)),
  podAntiAffinity: optional(record('Far from which pods.', POD_TERMS)),
});
