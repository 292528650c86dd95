/** What a cluster may be called: its name becomes part of the names of Services, pods and labels. */
import type { Rule } from './schema/description.ts';

/** A label has room for 63: "-" and a pod's number, "-leader", "-cluster-secret", a hash of ten digits. */
const NAME_CHARACTERS_MAX = 40;
const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** Of the object as a whole: only at its root does the API server show the name. */
export const NAME_RULES: readonly Rule<{ readonly metadata: { readonly name: string } }>[] = [
  {
    cel: `size(self.metadata.name) <= ${NAME_CHARACTERS_MAX}`,
    holds: ({ metadata }) => metadata.name.length <= NAME_CHARACTERS_MAX,
    must: `must have at most ${NAME_CHARACTERS_MAX} characters in metadata.name, since names of pods and Services are made of it`,
  },
  {
    cel: `self.metadata.name.matches('${NAME.source}')`,
    holds: ({ metadata }) => NAME.test(metadata.name),
    must: 'must have lower-case letters, digits and "-" only in metadata.name, beginning with a letter, such as my-cluster',
  },
];
