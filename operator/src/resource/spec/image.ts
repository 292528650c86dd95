/** Which program the pods run, and how it gets onto their machine. */
import {
  choice,
  defaulted,
  list,
  matching,
  optional,
  record,
  required,
  text,
} from '../schema/description.ts';
import { objectName } from '../schema/names.ts';
import { NODE_IMAGE } from '../release.ts';

/** Registry, path, tag and digest together. */
const IMAGE_CHARACTERS_MAX = 512;
const PULL_SECRETS_MAX = 8;

export const IMAGE_FIELDS = {
  image: defaulted(
    text(
      'The image of the replicas, with its version. A change rolls the pods, one after the other, the leader last.',
      {
        charactersMax: IMAGE_CHARACTERS_MAX,
        rules: [
          matching(
            /^[a-z0-9]([-a-zA-Z0-9._/]|:[0-9]+[/])*[a-zA-Z0-9](:[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,127}|@sha256:[a-f0-9]{64}|:[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,127}@sha256:[a-f0-9]{64})$/,
            `must be an image with a tag or a digest, such as ${NODE_IMAGE}`,
          ),
          {
            cel: "!self.endsWith(':latest')",
            holds: (image) => !image.endsWith(':latest'),
            must: `must name a version, such as ${NODE_IMAGE}: with "latest" pods of one cluster run different programs`,
          },
        ],
      },
    ),
    NODE_IMAGE,
  ),
  imagePullPolicy: defaulted(
    choice('When the image is pulled.', ['Always', 'IfNotPresent', 'Never']),
    'IfNotPresent',
  ),
  imagePullSecrets: optional(
    list(
      'Secrets with the passwords of registries.',
      record('One Secret.', { name: required(objectName('The name of a Secret in the same namespace.')) }),
      { itemsMax: PULL_SECRETS_MAX, keys: ['name'] },
    ),
  ),
} as const;
