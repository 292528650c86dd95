/** A cluster to make objects for: three replicas in full health, changed as a test likes. */
import assert from 'node:assert/strict';
import { parsePaxosCluster } from '../../resource/paxos-cluster.ts';
import { faultText } from '../../resource/schema/parse.ts';
import type { OwnedObject } from '../owned-object.ts';
import type { Wanted } from '../wanted.ts';

export function wantedExample(spec: object = {}, more: Partial<Wanted> = {}): Wanted {
  const metadata = { name: 'demo', namespace: 'shop', uid: 'u-1', generation: 1, resourceVersion: '1' };
  const parsed = parsePaxosCluster({ metadata, spec });
  if (parsed.kind === 'faulty') assert.fail(parsed.faults.map(faultText).join('\n'));
  return {
    metadata,
    spec: parsed.cluster.spec,
    podCount: parsed.cluster.spec.replicas,
    surplusVolumesGo: false,
    voterCount: parsed.cluster.spec.replicas,
    lostVoterCount: 0,
    leaderKnown: true,
    orders: { removedReplicas: [] },
    clusterSecret: 'c'.repeat(43),
    password: 'open sesame',
    templateSize: undefined,
    operator: { namespace: 'paxoskv-system', labels: { 'app.kubernetes.io/name': 'paxoskv-operator' } },
    served: { serviceMonitor: true, podMonitor: true, certificate: true },
    ...more,
  };
}

/** A spec that asks for everything that makes an object larger. */
export const FULL_SPEC = {
  replicas: 5,
  image: 'registry.example/paxoskv/node:0.1.0',
  imagePullSecrets: [{ name: 'registry' }],
  storage: { size: '20Gi', storageClassName: 'standard' },
  resources: { requests: { cpu: 1, memory: '2Gi' }, limits: { memory: '4Gi' } },
  scheduling: {
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'dedicated', value: 'databases', effect: 'NoSchedule' }],
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: {} } },
        ],
      },
    },
    priorityClassName: 'system-cluster-critical',
  },
  service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } },
  monitoring: { monitor: 'ServiceMonitor', labels: { release: 'prometheus' } },
  networkPolicy: { clients: [{ namespaceSelector: {} }], monitors: [] },
  tls: { certManager: { issuerRef: { name: 'ca' } }, clientAuthoritySecretName: 'clients' },
  pod: {
    labels: { 'example.com/team': 'a' },
    annotations: { note: 'b' },
    env: [{ name: 'NODE_OPTIONS', value: '--no-warnings' }],
  },
  engine: { dataQuota: '1Gi', leaseReads: true },
} as const;

/** The `spec` of an object, as loosely typed as a test likes it. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test names the fields that it expects
export function specOf(object: OwnedObject | undefined): any {
  assert.ok(object);
  return object['spec'];
}
