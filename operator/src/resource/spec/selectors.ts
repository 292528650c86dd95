/** How Kubernetes picks objects by their labels. */
import { choice, list, optional, record, required } from '../schema/description.ts';
import { labelValue, qualifiedName, soughtLabels } from '../schema/names.ts';

export const EXPRESSIONS_MAX = 16;
export const VALUES_MAX = 32;

const PICKED_BY_VALUES = ['In', 'NotIn'];

export const LABEL_SELECTOR = record('Which objects, by their labels; an empty one means all.', {
  matchLabels: optional(soughtLabels('Labels that must be there.')),
  matchExpressions: optional(
    list(
      'Conditions that must all hold.',
      record(
        'One condition.',
        {
          key: required(qualifiedName('The key of the label.')),
          operator: required(choice('How it is compared.', ['In', 'NotIn', 'Exists', 'DoesNotExist'])),
          values: optional(
            list('What it is compared with.', labelValue('A value.'), { itemsMax: VALUES_MAX }),
          ),
        },
        {
          rules: [
            {
              cel: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
              holds: ({ operator, values = [] }) => PICKED_BY_VALUES.includes(operator) === values.length > 0,
              must: 'must have values with In and NotIn, and none with Exists and DoesNotExist',
              field: 'values',
            },
          ],
        },
      ),
      { itemsMax: EXPRESSIONS_MAX },
    ),
  ),
});
