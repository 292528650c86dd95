/** The files that a replica gets from Secrets and ConfigMaps, and the options that name them. It looks at them while it runs: new content needs no new pod. */
import { authSecretName, PASSWORD_KEY } from './auth-secret.ts';
import { CLUSTER_SECRET_KEY } from './cluster-secret.ts';
import { clusterSecretName, ordersName, tlsSecretName } from './names.ts';
import { ORDERS_KEY } from './orders.ts';
import type { Wanted } from './wanted.ts';

const directoryOf = (mount: string): string => `/run/paxoskv/${mount}`;

/** Readable by the replica's own group and nobody else. */
const SECRET_MODE = 0o440;

/** Where a pod reads its orders. */
export const ORDERS_FILE = `${directoryOf('orders')}/${ORDERS_KEY}`;

export interface Mount {
  readonly volume: object;
  readonly volumeMount: object;
  readonly options: readonly string[];
}

export function mounts(wanted: Wanted): Mount[] {
  const { metadata, spec } = wanted;
  const password = authSecretName(wanted);
  return [
    ordersMount(metadata.name),
    secretMount('cluster-secret', clusterSecretName(metadata.name), {
      'cluster-secret-file': CLUSTER_SECRET_KEY,
    }),
    ...(password === undefined ? [] : [secretMount('auth', password, { 'password-file': PASSWORD_KEY })]),
    ...(spec.tls === undefined ? [] : tlsMounts(metadata.name, spec.tls)),
  ];
}

function tlsMounts(cluster: string, tls: NonNullable<Wanted['spec']['tls']>): Mount[] {
  const own = secretMount('tls', tls.secretName ?? tlsSecretName(cluster), {
    'tls-cert-file': 'tls.crt',
    'tls-key-file': 'tls.key',
    'tls-ca-file': 'ca.crt',
  });
  const clients = tls.clientAuthoritySecretName;
  return clients === undefined
    ? [own]
    : [own, secretMount('client-authority', clients, { 'tls-client-ca-file': 'ca.crt' })];
}

/** `files`: option → key of the Secret. No other key gets into the pod. */
function secretMount(name: string, secretName: string, files: Readonly<Record<string, string>>): Mount {
  const items = Object.values(files).map((key) => ({ key, path: key }));
  return {
    volume: { name, secret: { secretName, defaultMode: SECRET_MODE, items } },
    volumeMount: { name, mountPath: directoryOf(name), readOnly: true },
    options: Object.entries(files).map(([option, key]) => `--${option}=${directoryOf(name)}/${key}`),
  };
}

/** The orders are read before the replica's directory is opened. */
function ordersMount(cluster: string): Mount {
  return {
    volume: {
      name: 'orders',
      configMap: { name: ordersName(cluster), items: [{ key: ORDERS_KEY, path: ORDERS_KEY }] },
    },
    volumeMount: { name: 'orders', mountPath: directoryOf('orders'), readOnly: true },
    options: [],
  };
}
