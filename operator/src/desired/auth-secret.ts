/**
 * The password of clients, and all else that one of them needs to connect, under the names of the service binding
 * specification. Made only when passwords are asked for and no Secret is named.
 */
import { base64 } from './cluster-secret.ts';
import { ownAuthSecretName, serviceHost } from './names.ts';
import { metadataLikeVolumes, type OwnedObject } from './owned-object.ts';
import { PORTS } from './ports.ts';
import type { Wanted } from './wanted.ts';

/** The file that the replicas read: one password a line, at most two. */
export const PASSWORD_KEY = 'password';

/** The Secret that the pods mount; undefined: clients give no password. */
export function authSecretName({ metadata, spec }: Pick<Wanted, 'metadata' | 'spec'>): string | undefined {
  return spec.auth.enabled ? (spec.auth.secretName ?? ownAuthSecretName(metadata.name)) : undefined;
}

export function authSecret(wanted: Wanted): OwnedObject | undefined {
  const { metadata, spec, password } = wanted;
  if (!spec.auth.enabled || spec.auth.secretName !== undefined) return undefined;
  const host = serviceHost(metadata.name, metadata.namespace);
  const [first = ''] = password.split('\n');
  const scheme = spec.tls === undefined ? 'redis' : 'rediss';
  const entries = {
    type: 'redis',
    provider: 'paxoskv',
    host,
    port: String(PORTS.redis),
    username: 'default',
    [PASSWORD_KEY]: password,
    uri: `${scheme}://default:${encodeURIComponent(first)}@${host}:${PORTS.redis}`,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataLikeVolumes(wanted, ownAuthSecretName(metadata.name)),
    type: 'servicebinding.io/redis',
    data: Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, base64(value)])),
  };
}
