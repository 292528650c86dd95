/** The password of clients. */
import { boolean, defaulted, optional, record } from '../schema/description.ts';
import { objectName } from '../schema/names.ts';

export const AUTH = record(
  'The password that clients must give.',
  {
    enabled: defaulted(boolean('Whether they must.'), true),
    secretName: optional(
      objectName(
        'A Secret of the same namespace with the key "password": one password a line, at most two. Without it the operator makes <name>-auth with a random one.',
      ),
    ),
  },
  {
    rules: [
      {
        cel: 'self.enabled || !has(self.secretName)',
        holds: ({ enabled, secretName }) => enabled || secretName === undefined,
        must: 'must be absent while auth is not enabled: remove it, or set auth.enabled to true',
        field: 'secretName',
      },
    ],
  },
);
