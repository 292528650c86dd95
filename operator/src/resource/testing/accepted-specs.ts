/** What is accepted, and which changes of what is there already: for the parser and for a real API server. */

const WORKERS = { key: 'pool', operator: 'In', values: ['workers'] };
const HOST = 'kubernetes.io/hostname';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

export interface AcceptedSpec {
  readonly what: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

export const ACCEPTED_SPECS: readonly AcceptedSpec[] = [
  { what: 'nothing at all', spec: {} },
  { what: 'one replica', spec: { replicas: 1 } },
  {
    what: 'an image by digest',
    spec: { image: `registry.example:5000/a/paxoskv-node:1.2.3@sha256:${'0123456789abcdef'.repeat(4)}` },
  },
  { what: 'the smallest volume', spec: { storage: { size: '256Mi', storageClassName: 'standard' } } },
  {
    what: 'a quota of exactly a third',
    spec: { storage: { size: '3Gi' }, engine: { dataQuota: '1Gi', leaseReads: true } },
  },
  {
    what: 'processors as a number',
    spec: {
      resources: {
        requests: { cpu: 1, memory: '1Gi' },
        limits: { cpu: '1', memory: '1024Mi', 'ephemeral-storage': '1Gi' },
      },
    },
  },
  {
    what: 'everything about scheduling',
    spec: {
      scheduling: {
        nodeSelector: { 'node.example.com/pool': 'databases' },
        tolerations: [
          { operator: 'Exists' },
          { key: 'dedicated', value: 'databases', effect: 'NoSchedule' },
          {
            key: 'node.kubernetes.io/not-ready',
            operator: 'Exists',
            effect: 'NoExecute',
            tolerationSeconds: 30,
          },
        ],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: HOST,
            whenUnsatisfiable: 'DoNotSchedule',
            minDomains: 3,
            nodeTaintsPolicy: 'Honor',
          },
        ],
        priorityClassName: 'high',
        affinity: {
          nodeAffinity: {
            [REQUIRED]: {
              nodeSelectorTerms: [
                { matchExpressions: [WORKERS, { key: 'cores', operator: 'Gt', values: ['3'] }] },
              ],
            },
            [PREFERRED]: [
              {
                weight: 5,
                preference: { matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['old'] }] },
              },
            ],
          },
          podAntiAffinity: {
            [PREFERRED]: [
              {
                weight: 100,
                podAffinityTerm: {
                  topologyKey: HOST,
                  labelSelector: { matchLabels: { app: 'noisy' } },
                  namespaceSelector: {},
                },
              },
            ],
          },
        },
      },
    },
  },
  { what: 'no spread at all', spec: { scheduling: { topologySpreadConstraints: [] } } },
  {
    what: 'a load balancer',
    spec: { service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } } },
  },
  {
    what: 'a ServiceMonitor',
    spec: { monitoring: { monitor: 'ServiceMonitor', labels: { release: 'prometheus' }, interval: '15s' } },
  },
  {
    what: 'a closed network',
    spec: {
      networkPolicy: {
        clients: [
          {
            podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['shop'] }] },
            namespaceSelector: {},
          },
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          { ipBlock: { cidr: 'fd00::/8' } },
        ],
        monitors: [],
      },
    },
  },
  {
    what: 'open doors',
    spec: {
      networkPolicy: { enabled: false },
      auth: { enabled: false },
      podDisruptionBudget: { enabled: false },
    },
  },
  { what: 'a password of its own', spec: { auth: { secretName: 'mine' } } },
  {
    what: 'a certificate of its own',
    spec: { tls: { secretName: 'mine', clientAuthoritySecretName: 'theirs' } },
  },
  {
    what: 'a certificate from cert-manager',
    spec: { tls: { certManager: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } } },
  },
  {
    what: 'labels and variables',
    spec: {
      pod: {
        labels: { 'example.com/team': 'a' },
        annotations: { note: 'Ä "quoted" note' },
        env: [{ name: 'NODE_OPTIONS', value: '--no-warnings' }],
      },
    },
  },
  { what: 'hands off', spec: { paused: true, updateStrategy: { type: 'OnDelete' } } },
];

export interface Update {
  readonly what: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

export interface RefusedUpdate extends Update {
  readonly path: string;
  readonly must: string;
}

const TLS_OF_ITS_OWN = { tls: { secretName: 'mine' } };

export const REFUSED_UPDATES: readonly RefusedUpdate[] = [
  {
    what: 'a volume that shrinks',
    before: { storage: { size: '2Gi' } },
    after: { storage: { size: '2000Mi' } },
    path: 'spec.storage.size',
    must: 'must not shrink',
  },
  {
    what: 'another class',
    before: { storage: { storageClassName: 'fast' } },
    after: { storage: { storageClassName: 'slow' } },
    path: 'spec.storage.storageClassName',
    must: 'must stay as it is',
  },
  {
    what: 'a class where there was none',
    before: {},
    after: { storage: { storageClassName: 'slow' } },
    path: 'spec.storage.storageClassName',
    must: 'must stay as it is',
  },
  {
    what: 'no class where there was one',
    before: { storage: { storageClassName: 'fast' } },
    after: {},
    path: 'spec.storage.storageClassName',
    must: 'must stay as it is',
  },
  {
    what: 'TLS switched on',
    before: {},
    after: TLS_OF_ITS_OWN,
    path: 'spec.tls',
    must: 'must be there from the beginning or never',
  },
  {
    what: 'TLS switched off',
    before: TLS_OF_ITS_OWN,
    after: {},
    path: 'spec.tls',
    must: 'must be there from the beginning or never',
  },
  {
    what: 'an even number of replicas',
    before: { replicas: 3 },
    after: { replicas: 4 },
    path: 'spec.replicas',
    must: 'must be 1, 3, 5 or 7',
  },
  {
    what: 'a volume that its quota has outgrown',
    before: { storage: { size: '3Gi' } },
    after: { storage: { size: '3Gi' }, engine: { dataQuota: '1025Mi' } },
    path: 'spec.engine.dataQuota',
    must: 'must be at most a third',
  },
];

export const ACCEPTED_UPDATES: readonly Update[] = [
  {
    what: 'a volume that grows',
    before: { storage: { size: '1Gi' } },
    after: { storage: { size: '1.5Gi' } },
  },
  {
    what: 'a size said otherwise',
    before: { storage: { size: '1Gi' } },
    after: { storage: { size: '1024Mi' } },
  },
  { what: 'more replicas', before: { replicas: 1 }, after: { replicas: 5 } },
  { what: 'fewer replicas', before: { replicas: 7 }, after: { replicas: 3 } },
  { what: 'another image', before: { image: 'paxoskv/node:0.1.0' }, after: { image: 'paxoskv/node:0.2.0' } },
  {
    what: 'another source of the certificate',
    before: TLS_OF_ITS_OWN,
    after: { tls: { certManager: { issuerRef: { name: 'ca' } } } },
  },
  {
    what: 'another policy',
    before: {},
    after: { storage: { retentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } } },
  },
  { what: 'a password switched off', before: {}, after: { auth: { enabled: false } } },
];
