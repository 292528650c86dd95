import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { podExample, STRANGER_ID, volumeExample } from '../../testing/observed-example.ts';
import type { ClusterObjects, LooseObject } from './cluster-objects.ts';
import { isMounted, surplusVolumesGo } from './read-objects.ts';

const metadata = { name: 'demo', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 2 };
const mounting = (secretName: string): object => ({
  volumes: [
    { name: 'orders', configMap: { name: 'demo-orders' } },
    { name: 'auth', secret: { secretName } },
  ],
});

const object = (fields: object): LooseObject => ({ apiVersion: 'v1', kind: 'Any', metadata, ...fields });

function objectsOf(template: object, observedGeneration: number, ...pods: readonly object[]): ClusterObjects {
  return {
    resource: object({}),
    statefulSet: object({ spec: { template: { spec: template } }, status: { observedGeneration } }),
    pods: pods.map((spec) => object({ spec })),
    claims: [],
    orders: undefined,
  };
}

suite('isMounted()', () => {
  const [old, anew] = [mounting('demo-auth'), mounting('mine')];

  test('is true while any pod has the Secret, or the next one may', () => {
    assert.ok(isMounted('demo-auth', objectsOf(anew, 2, anew, old)));
    assert.ok(isMounted('demo-auth', objectsOf(old, 2, anew, anew)));
    assert.ok(isMounted('demo-auth', objectsOf(anew, 1, anew, anew)));
  });

  test('is false when all pods have another one, or none', () => {
    assert.ok(!isMounted('demo-auth', objectsOf(anew, 2, anew, anew)));
    assert.ok(!isMounted('demo-auth', objectsOf({}, 2, {}, {})));
    assert.ok(!isMounted('demo-auth', { ...objectsOf(anew, 1), statefulSet: undefined }));
  });
});

const volumes = (one: object, two: object): ReturnType<typeof volumeExample>[] => [
  volumeExample(0),
  volumeExample(1, one),
  volumeExample(2, two),
];

suite('surplusVolumesGo()', () => {
  const pods = [0, 1, 2].map((ordinal) => podExample(ordinal));
  const marked = { replicaId: undefined, removedReplicaId: STRANGER_ID };

  test('is true while pods above are there whose volumes are all marked as removed', () => {
    assert.ok(surplusVolumesGo(1, { pods, volumes: volumes(marked, marked) }));
    assert.ok(surplusVolumesGo(2, { pods, volumes: volumes({}, marked) }));
  });

  test('is false while one of them may be of a member', () => {
    assert.ok(!surplusVolumesGo(1, { pods, volumes: volumes({}, marked) }));
    const unknown = { replicaId: undefined };
    assert.ok(!surplusVolumesGo(1, { pods, volumes: volumes(unknown, marked) }));
    assert.ok(
      !surplusVolumesGo(1, { pods, volumes: volumes({}, marked).filter(({ ordinal }) => ordinal !== 1) }),
    );
  });

  test('is false at rest, also beside volumes that were kept', () => {
    assert.ok(!surplusVolumesGo(3, { pods, volumes: volumes({}, {}) }));
    assert.ok(!surplusVolumesGo(2, { pods: pods.slice(0, 2), volumes: volumes({}, marked) }));
  });
});
