/** What is refused: one table for the parser and for a real API server, so that they can't disagree. */
import { REFUSED_SCHEDULING } from './refused-scheduling.ts';
import type { RefusedSpec } from './refused-spec.ts';

const env = (...variables: readonly unknown[]) => ({ pod: { env: variables } });

export const REFUSED_SPECS: readonly RefusedSpec[] = [
  // --- Size and image ---
  {
    what: 'an even number of replicas',
    spec: { replicas: 2 },
    path: 'spec.replicas',
    must: 'must be 1, 3, 5 or 7',
  },
  { what: 'no replica', spec: { replicas: 0 }, path: 'spec.replicas', server: 'greater than or equal to 1' },
  {
    what: 'too many replicas',
    spec: { replicas: 9 },
    path: 'spec.replicas',
    server: 'less than or equal to 7',
  },
  {
    what: 'replicas in words',
    spec: { replicas: 'three' },
    path: 'spec.replicas',
    server: 'must be of type integer',
  },
  {
    what: 'an image without a version',
    spec: { image: 'paxoskv/node' },
    path: 'spec.image',
    must: 'must be an image with a tag or a digest',
  },
  {
    what: 'the latest image',
    spec: { image: 'registry.example:5000/paxoskv/node:latest' },
    path: 'spec.image',
    must: 'must name a version',
  },
  {
    what: 'an image with a blank',
    spec: { image: 'paxoskv/node: 0.1.0' },
    path: 'spec.image',
    must: 'must be an image with a tag or a digest',
  },
  {
    what: 'an image with half a digest',
    spec: { image: 'paxoskv/node@sha256:abcd' },
    path: 'spec.image',
    must: 'must be an image with a tag or a digest',
  },
  {
    what: 'a pull policy of its own',
    spec: { imagePullPolicy: 'Sometimes' },
    path: 'spec.imagePullPolicy',
    server: 'supported values: "Always", "IfNotPresent", "Never"',
  },
  {
    what: 'a pull secret that is no name',
    spec: { imagePullSecrets: [{ name: 'My Secret' }] },
    path: 'spec.imagePullSecrets[0].name',
    must: 'must be the name of an object',
  },
  {
    what: 'a pull secret twice',
    spec: { imagePullSecrets: [{ name: 'one' }, { name: 'one' }] },
    path: 'spec.imagePullSecrets',
    server: 'Duplicate value',
  },

  // --- Storage ---
  {
    what: 'a size in words',
    spec: { storage: { size: 'ten' } },
    path: 'spec.storage.size',
    must: 'must be an amount with its unit',
  },
  {
    what: 'a size without a unit',
    spec: { storage: { size: 10 } },
    path: 'spec.storage.size',
    server: 'must be of type string',
  },
  {
    what: 'a size too small',
    spec: { storage: { size: '100Mi' } },
    path: 'spec.storage.size',
    must: 'must be at least 256Mi',
  },
  {
    what: 'a negative size',
    spec: { storage: { size: '-1Gi' } },
    path: 'spec.storage.size',
    must: 'must be an amount with its unit',
  },
  {
    what: 'a class that is no name',
    spec: { storage: { storageClassName: 'Fast_SSD' } },
    path: 'spec.storage.storageClassName',
    must: 'must be the name of an object',
  },
  {
    what: 'a policy of its own for deletion',
    spec: { storage: { retentionPolicy: { whenDeleted: 'Keep' } } },
    path: 'spec.storage.retentionPolicy.whenDeleted',
    server: 'supported values: "Retain", "Delete"',
  },
  {
    what: 'a policy of its own for scaling',
    spec: { storage: { retentionPolicy: { whenScaled: 'retain' } } },
    path: 'spec.storage.retentionPolicy.whenScaled',
    server: 'supported values: "Retain", "Delete"',
  },

  // --- Resources ---
  {
    what: 'an amount in words',
    spec: { resources: { limits: { cpu: 'lots' } } },
    path: 'spec.resources.limits.cpu',
    must: 'must be an amount, such as',
  },
  {
    what: 'more processors asked for than allowed',
    spec: { resources: { requests: { cpu: 2 }, limits: { cpu: '1500m' } } },
    path: 'spec.resources',
    must: 'must have no more cpu in requests than in limits',
  },
  {
    what: 'more memory asked for than allowed',
    spec: { resources: { requests: { memory: '2Gi' }, limits: { memory: '2G' } } },
    path: 'spec.resources',
    must: 'must have no more memory in requests than in limits',
  },
  {
    what: 'more disk asked for than allowed',
    spec: { resources: { requests: { 'ephemeral-storage': '2Gi' }, limits: { 'ephemeral-storage': '1Gi' } } },
    path: 'spec.resources',
    must: 'must have no more ephemeral-storage in requests than in limits',
  },
  {
    what: 'too little memory',
    spec: { resources: { limits: { memory: '64Mi' } } },
    path: 'spec.resources.limits.memory',
    must: 'must be at least 128Mi',
  },
  {
    what: 'a resource that a replica has no use for',
    spec: { resources: { limits: { gpu: 1 } } },
    path: 'spec.resources.limits.gpu',
    server: 'unknown field',
    serverOnly: true,
  },

  ...REFUSED_SCHEDULING,

  // --- Life ---
  {
    what: 'an update strategy of its own',
    spec: { updateStrategy: { type: 'RollingUpdate' } },
    path: 'spec.updateStrategy.type',
    server: 'supported values: "LeaderLast", "OnDelete"',
  },
  {
    what: 'a pause in words',
    spec: { paused: 'yes' },
    path: 'spec.paused',
    server: 'must be of type boolean',
  },
  {
    what: 'a budget in numbers',
    spec: { podDisruptionBudget: { enabled: 1 } },
    path: 'spec.podDisruptionBudget.enabled',
    server: 'must be of type boolean',
  },

  // --- Services and monitoring ---
  {
    what: 'a Service without pods',
    spec: { service: { type: 'ExternalName' } },
    path: 'spec.service.type',
    server: 'supported values: "ClusterIP", "NodePort", "LoadBalancer"',
  },
  {
    what: 'an annotation that is no key',
    spec: { service: { annotations: { 'a b': 'c' } } },
    path: 'spec.service.annotations',
    must: 'must have keys of at most 63 letters',
  },
  {
    what: "the operator's own annotation",
    spec: { service: { annotations: { 'paxoskv.dev/cluster-id': 'x' } } },
    path: 'spec.service.annotations',
    must: 'must leave app.kubernetes.io/ and paxoskv.dev/ to the operator',
  },
  {
    what: 'an endless annotation',
    spec: { service: { annotations: { note: 'x'.repeat(5_000) } } },
    path: 'spec.service.annotations[note]',
    server: 'Too long',
  },
  {
    what: 'two monitors',
    spec: { monitoring: { monitor: 'Both' } },
    path: 'spec.monitoring.monitor',
    server: 'supported values: "None", "ServiceMonitor", "PodMonitor"',
  },
  {
    what: 'an interval in words',
    spec: { monitoring: { interval: 'often' } },
    path: 'spec.monitoring.interval',
    must: 'must be seconds or minutes',
  },
  {
    what: 'a label of a monitor that is none',
    spec: { monitoring: { labels: { release: 'my prometheus' } } },
    path: 'spec.monitoring.labels[release]',
    must: 'must be the value of a label',
  },

  // --- Who may speak ---
  {
    what: 'a peer of both sorts',
    spec: { networkPolicy: { clients: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] } },
    path: 'spec.networkPolicy.clients[0]',
    must: 'must have either an ipBlock',
  },
  {
    what: 'a peer of no sort',
    spec: { networkPolicy: { monitors: [{}] } },
    path: 'spec.networkPolicy.monitors[0]',
    must: 'must have either an ipBlock',
  },
  {
    what: 'a range that is none',
    spec: { networkPolicy: { clients: [{ ipBlock: { cidr: '10.0.0.0' } }] } },
    path: 'spec.networkPolicy.clients[0].ipBlock.cidr',
    must: 'must be a range of addresses',
  },
  {
    what: 'a Secret for nobody',
    spec: { auth: { enabled: false, secretName: 'mine' } },
    path: 'spec.auth.secretName',
    must: 'must be absent while auth is not enabled',
  },
  {
    what: 'a Secret that is no name',
    spec: { auth: { secretName: 'mine/theirs' } },
    path: 'spec.auth.secretName',
    must: 'must be the name of an object',
  },
  {
    what: 'TLS without a certificate',
    spec: { tls: {} },
    path: 'spec.tls',
    must: 'must have either secretName or certManager',
  },
  {
    what: 'two certificates',
    spec: { tls: { secretName: 'mine', certManager: { issuerRef: { name: 'ca' } } } },
    path: 'spec.tls',
    must: 'must have either secretName or certManager',
  },
  {
    what: 'a certificate from nobody',
    spec: { tls: { certManager: {} } },
    path: 'spec.tls.certManager.issuerRef',
    server: 'Required value',
  },
  {
    what: 'an issuer of its own kind',
    spec: { tls: { certManager: { issuerRef: { name: 'ca', kind: 'Vault' } } } },
    path: 'spec.tls.certManager.issuerRef.kind',
    server: 'supported values: "Issuer", "ClusterIssuer"',
  },
  {
    what: 'an issuer of no group',
    spec: { tls: { certManager: { issuerRef: { name: 'ca', group: 'cert manager' } } } },
    path: 'spec.tls.certManager.issuerRef.group',
    must: 'must be an API group',
  },

  // --- Pods and the program ---
  {
    what: "the operator's own label",
    spec: { pod: { labels: { 'app.kubernetes.io/name': 'mine' } } },
    path: 'spec.pod.labels',
    must: 'must leave app.kubernetes.io/ and paxoskv.dev/ to the operator',
  },
  {
    what: 'a label that is no key',
    spec: { pod: { labels: { '-team': 'a' } } },
    path: 'spec.pod.labels',
    must: 'must have keys of at most 63 letters',
  },
  {
    what: 'too many labels',
    spec: {
      pod: { labels: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`label-${index}`, 'x'])) },
    },
    path: 'spec.pod.labels',
    server: 'must have at most 32',
  },
  {
    what: 'a variable with a dash',
    spec: env({ name: 'MY-NAME', value: '1' }),
    path: 'spec.pod.env[0].name',
    must: 'must be letters, digits and "_"',
  },
  {
    what: "the operator's own variable",
    spec: env({ name: 'POD_NAME', value: '1' }),
    path: 'spec.pod.env[0].name',
    must: 'must not be POD_NAME',
  },
  {
    what: "a variable of the operator's paxosctl",
    spec: env({ name: 'PAXOSCTL_ENDPOINTS', value: '1' }),
    path: 'spec.pod.env[0].name',
    must: 'must not be POD_NAME nor begin with PAXOSCTL_',
  },
  {
    what: 'a variable twice',
    spec: env({ name: 'A', value: '1' }, { name: 'A', value: '2' }),
    path: 'spec.pod.env',
    server: 'Duplicate value',
  },
  {
    what: 'a variable without a value',
    spec: env({ name: 'A' }),
    path: 'spec.pod.env[0].value',
    server: 'Required value',
  },
  {
    what: 'too many variables',
    spec: env(...Array.from({ length: 33 }, (_, index) => ({ name: `A${index}`, value: '' }))),
    path: 'spec.pod.env',
    server: 'must have at most 32',
  },
  {
    what: 'a quota of nothing',
    spec: { engine: { dataQuota: '0' } },
    path: 'spec.engine.dataQuota',
    must: 'must be at least 1Mi; for no quota leave it out',
  },
  {
    what: 'a quota in words',
    spec: { engine: { dataQuota: 'all' } },
    path: 'spec.engine.dataQuota',
    must: 'must be an amount with its unit',
  },
  {
    what: 'a quota that no volume holds',
    spec: { engine: { dataQuota: '4Gi' } },
    path: 'spec.engine.dataQuota',
    must: 'must be at most a third of storage.size',
  },
  {
    what: 'a lease in words',
    spec: { engine: { leaseReads: 'on' } },
    path: 'spec.engine.leaseReads',
    server: 'must be of type boolean',
  },
  {
    what: 'a mistyped field',
    spec: { replica: 3 },
    path: 'spec.replica',
    server: 'unknown field',
    serverOnly: true,
  },

  // --- Names ---
  {
    what: 'a name too long',
    spec: {},
    name: 'x'.repeat(41),
    path: 'metadata.name',
    must: 'must have at most 40 characters',
  },
  {
    what: 'a name with a dot',
    spec: {},
    name: 'my.cluster',
    path: 'metadata.name',
    must: 'must have lower-case letters, digits and "-" only',
  },
  {
    what: 'a name that begins with a digit',
    spec: {},
    name: '3nodes',
    path: 'metadata.name',
    must: 'must have lower-case letters, digits and "-" only',
  },
];
