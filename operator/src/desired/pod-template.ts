/** A pod of a replica. Whatever is in here rolls the pods when it changes, so nothing is that comes and goes by itself. */
import { wholeUnits } from '../resource/quantity.ts';
import { objectLabels, podSelector } from './labels.ts';
import { mounts, ORDERS_FILE } from './mounts.ts';
import { DATA_VOLUME, podHost } from './names.ts';
import { ALL_PORTS, PORTS } from './ports.ts';
import { probes } from './probes.ts';
import type { Wanted } from './wanted.ts';

const POD_NAME = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
/** `kubectl exec` and `kubectl logs` mean the replica, and don't say that they had to choose. */
const WITHOUT_ASKING = { 'kubectl.kubernetes.io/default-container': 'node' };
const CONFINED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
/** The user of the images: any but root would do. */
const USER_ID = 65_532;
const DATA_DIRECTORY = '/data';
/** A directory below the mount: a fresh file system holds a `lost+found`, and what is set aside needs a place beside it. */
const REPLICA_DIRECTORY = `${DATA_DIRECTORY}/replica`;
/** So long a replica that is told to end goes on serving, until no Service sends it anybody: 1 to 3 s, and some more on a busy cluster. */
const DRAIN_SECONDS = 5;
/** That, two seconds to hand over the lead, five to finish requests, and as much again for a machine that is slow. Then it is killed, which loses nothing. */
const TERMINATION_GRACE_SECONDS = 30;

export function podTemplate(wanted: Wanted): object {
  const { metadata, spec } = wanted;
  const { labels, annotations } = spec.pod;
  return {
    metadata: {
      labels: { ...labels, ...objectLabels(metadata.name) },
      annotations: { ...annotations, ...WITHOUT_ASKING },
    },
    spec: {
      serviceAccountName: metadata.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER_ID,
        runAsGroup: USER_ID,
        fsGroup: USER_ID,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...given('imagePullSecrets', spec.imagePullSecrets),
      ...scheduling(wanted),
      initContainers: [preparation(wanted)],
      containers: [container(wanted)],
      volumes: mounts(wanted).map(({ volume }) => volume),
    },
  };
}

function container(wanted: Wanted): object {
  const { spec } = wanted;
  return {
    name: 'node',
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy,
    args: options(wanted),
    env: [POD_NAME, ...paxosctlVariables(wanted), ...(spec.pod.env ?? [])],
    ports: ALL_PORTS.map((name) => ({ name, containerPort: PORTS[name], protocol: 'TCP' })),
    resources: spec.resources,
    ...probes(spec.tls === undefined ? 'HTTP' : 'HTTPS'),
    securityContext: CONFINED,
    volumeMounts: volumeMounts(wanted),
  };
}

/** So that `kubectl exec demo-0 -- paxosctl status` needs no options: whoever may run programs in the pod may read the files, too. */
function paxosctlVariables(wanted: Wanted): object[] {
  const { metadata } = wanted;
  const host = podHost('$(POD_NAME)', metadata.name, metadata.namespace);
  const files = mounts(wanted)
    .flatMap((mount) => mount.options)
    .flatMap((option) => {
      const [, name = '', file = ''] =
        /^--(cluster-secret|password|tls-cert|tls-key|tls-ca)-file=(.*)$/.exec(option) ?? [];
      const variable = `PAXOSCTL_${name.toUpperCase().replaceAll('-', '_')}_FILE`;
      return name === '' ? [] : [{ name: variable, value: file }];
    });
  return [{ name: 'PAXOSCTL_ENDPOINTS', value: `${host}:${PORTS.admin}` }, ...files];
}

/** Before the replica starts, its directory is made what the operator's orders say: see `docs/decisions/0031`. */
function preparation(wanted: Wanted): object {
  const { metadata, spec } = wanted;
  const known = mounts(wanted).flatMap((mount) => mount.options);
  return {
    name: 'prepare',
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy,
    command: ['paxosctl', 'prepare'],
    args: [
      `--dir=${REPLICA_DIRECTORY}`,
      `--orders=${ORDERS_FILE}`,
      '--pod=$(POD_NAME)',
      `--address=${podHost('{pod}', metadata.name, metadata.namespace)}`,
      // While it holds still, others read the directory, with what the admin port asks for.
      ...known.filter((option) => /^--(?:cluster-secret|tls-(?:cert|key|ca))-file=/.test(option)),
    ],
    // A recovery holds the whole state, as the replica does afterwards.
    env: [POD_NAME, { name: 'NODE_OPTIONS', value: '--max-old-space-size-percentage=75' }],
    resources: spec.resources,
    securityContext: CONFINED,
    volumeMounts: volumeMounts(wanted),
  };
}

function volumeMounts(wanted: Wanted): object[] {
  return [
    { name: DATA_VOLUME, mountPath: DATA_DIRECTORY },
    ...mounts(wanted).map(({ volumeMount }) => volumeMount),
  ];
}

/** The same for every pod and every start: a fresh replica waits to be told, one that has joined a cluster goes on in it. */
function options(wanted: Wanted): string[] {
  const { metadata, spec } = wanted;
  const { dataQuota, leaseReads } = spec.engine;
  return [
    `--dir=${REPLICA_DIRECTORY}`,
    '--join',
    // Kubernetes puts the pod's own name in.
    `--host=${podHost('$(POD_NAME)', metadata.name, metadata.namespace)}`,
    '--listen-host=0.0.0.0',
    `--drain-time=${DRAIN_SECONDS}s`,
    // Said in any case: a replica that says nothing leaves what was agreed on before.
    `--data-quota=${dataQuota === undefined ? 0 : wholeUnits(dataQuota)}`,
    ...(leaseReads ? ['--lease'] : []),
    ...mounts(wanted).flatMap((mount) => mount.options),
  ];
}

function scheduling({ metadata, spec }: Wanted): object {
  const { nodeSelector, affinity, tolerations, priorityClassName } = spec.scheduling;
  const own = { matchLabels: podSelector(metadata.name) };
  // Evenly over zones, then over nodes; where that is not possible a replica in a bad place is better than none.
  const constraints = spec.scheduling.topologySpreadConstraints ?? [
    { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
    { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
  ];
  return {
    ...given('nodeSelector', nodeSelector),
    ...given('affinity', affinity),
    ...given('tolerations', tolerations),
    ...given('priorityClassName', priorityClassName),
    topologySpreadConstraints: constraints.map((constraint) => ({ labelSelector: own, ...constraint })),
  };
}

function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
