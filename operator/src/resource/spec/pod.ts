/** What is added to the pods. */
import { list, matching, optional, record, required, text } from '../schema/description.ts';
import { ownAnnotations, ownLabels } from '../schema/names.ts';

const VARIABLES_MAX = 32;
const VARIABLE_NAME_CHARACTERS_MAX = 128;
const VARIABLE_CHARACTERS_MAX = 4_096;

export const POD = record('What is added to the pods. A change rolls them.', {
  labels: optional(ownLabels('More labels.')),
  annotations: optional(ownAnnotations('More annotations.')),
  env: optional(
    list(
      'More variables of the environment.',
      record('One variable.', {
        name: required(
          text('Its name.', {
            charactersMax: VARIABLE_NAME_CHARACTERS_MAX,
            rules: [
              matching(
                /^[A-Za-z_][A-Za-z0-9_]*$/,
                'must be letters, digits and "_", not beginning with a digit, such as NODE_OPTIONS',
              ),
              {
                cel: "self != 'POD_NAME' && !self.startsWith('PAXOSCTL_')",
                holds: (name) => name !== 'POD_NAME' && !name.startsWith('PAXOSCTL_'),
                must: 'must not be POD_NAME nor begin with PAXOSCTL_, which the operator sets: choose another name',
              },
            ],
          }),
        ),
        value: required(text('Its value.', { charactersMax: VARIABLE_CHARACTERS_MAX })),
      }),
      { itemsMax: VARIABLES_MAX, keys: ['name'] },
    ),
  ),
});
