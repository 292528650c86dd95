import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED_SPECS } from '../resource/testing/accepted-specs.ts';
import { desiredObjects, surplusObjects } from './desired-objects.ts';
import { FULL_SPEC, wantedExample } from './testing/wanted-example.ts';
import { claimGrowth } from './volume-claim.ts';

const reference = ({ kind, metadata }: { kind: string; metadata: { name: string } }): string =>
  `${kind} ${metadata.name}`;

test('desiredObjects() lists what pods need before the pods', () => {
  assert.deepEqual(desiredObjects(wantedExample()).map(reference), [
    'ServiceAccount demo',
    'Secret demo-cluster-secret',
    'Secret demo-auth',
    'ConfigMap demo-orders',
    'NetworkPolicy demo',
    'Service demo-peers',
    'Service demo',
    'Service demo-leader',
    'PodDisruptionBudget demo',
    'StatefulSet demo',
  ]);
  assert.deepEqual(desiredObjects(wantedExample(FULL_SPEC)).map(reference).slice(3), [
    'Certificate demo-tls',
    'ConfigMap demo-orders',
    'NetworkPolicy demo',
    'Service demo-peers',
    'Service demo',
    'Service demo-leader',
    'PodDisruptionBudget demo',
    'StatefulSet demo',
    'ServiceMonitor demo',
  ]);
});

test('every object belongs to its cluster and can be found by it, and goes with it; Secrets only if the volumes do', () => {
  for (const { spec } of ACCEPTED_SPECS) {
    const wanted = wantedExample(spec);
    for (const { kind, metadata } of desiredObjects(wanted)) {
      assert.equal(metadata.namespace, 'shop', kind);
      assert.equal(metadata.labels['paxoskv.dev/cluster'], 'demo', kind);
      // Nothing hangs in Terminating when the operator is gone.
      assert.ok(!('finalizers' in metadata), kind);
      assert.equal(metadata.labels['app.kubernetes.io/managed-by'], 'paxoskv-operator', kind);
      if (kind === 'Secret' && wanted.spec.storage.retentionPolicy.whenDeleted === 'Retain') {
        assert.ok(!('ownerReferences' in metadata));
        continue;
      }
      assert.deepEqual(metadata.ownerReferences, [
        {
          apiVersion: 'paxoskv.dev/v1alpha1',
          kind: 'PaxosCluster',
          name: 'demo',
          uid: 'u-1',
          controller: true,
          blockOwnerDeletion: false,
        },
      ]);
    }
  }
});

test('the same cluster gives the same objects, as JSON that holds everything', () => {
  for (const { spec } of ACCEPTED_SPECS) {
    const objects = desiredObjects(wantedExample(spec));
    assert.deepEqual(JSON.parse(JSON.stringify(objects)), objects);
    assert.deepEqual(desiredObjects(wantedExample(spec)), objects);
  }
});

const keysOf = (name: string): string[] => {
  const secret = desiredObjects(wantedExample()).find(({ metadata }) => metadata.name === name);
  return Object.keys(secret?.['data'] ?? {});
};

test('desiredObjects() says of Secrets what follows from others, and never what was drawn', () => {
  assert.deepEqual(keysOf('demo-cluster-secret'), []);
  assert.deepEqual(keysOf('demo-auth'), ['type', 'provider', 'host', 'port', 'username', 'uri']);
});

function surplusOf(...given: Parameters<typeof wantedExample>): string[] {
  return surplusObjects(wantedExample(...given)).map(({ kind, name }) => `${kind} ${name}`);
}

test('surplusObjects() names what was made for another spec', () => {
  assert.deepEqual(surplusOf(), ['Certificate demo-tls', 'ServiceMonitor demo', 'PodMonitor demo']);
  assert.deepEqual(surplusOf(FULL_SPEC), ['PodMonitor demo']);
  const bare = {
    networkPolicy: { enabled: false },
    podDisruptionBudget: { enabled: false },
    auth: { secretName: 'mine' },
  };
  const nobody = { serviceMonitor: false, podMonitor: false, certificate: false };
  assert.deepEqual(surplusOf(bare, { served: nobody }), [
    'Secret demo-auth',
    'NetworkPolicy demo',
    'PodDisruptionBudget demo',
  ]);
});

const isSurplus = (spec: object): boolean => surplusOf(spec).includes('Secret demo-auth');

test('surplusObjects() names no Secret that the spec names', () => {
  assert.ok(isSurplus({ auth: { secretName: 'mine' } }));
  assert.ok(!isSurplus({ auth: { secretName: 'demo-auth' } }));
  assert.ok(
    !isSurplus({
      auth: { secretName: 'mine' },
      tls: { secretName: 'own', clientAuthoritySecretName: 'demo-auth' },
    }),
  );
});

test('claimGrowth() asks for the wanted size, and nothing else', () => {
  const { metadata, spec } = claimGrowth(wantedExample({ storage: { size: '20Gi' } }), 2);
  assert.deepEqual(metadata, { name: 'data-demo-2', namespace: 'shop' });
  assert.deepEqual(spec, { resources: { requests: { storage: '20Gi' } } });
});
