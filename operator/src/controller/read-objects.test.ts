import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ClusterObjects, LooseObject } from './cluster-objects.ts';
import { isMounted } from './read-objects.ts';

const metadata = { name: 'demo', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 2 };
const mounting = (secretName: string): object => ({
  volumes: [
    { name: 'orders', configMap: { name: 'demo-orders' } },
    { name: 'auth', secret: { secretName } },
  ],
});

function objectsOf(template: object, observedGeneration: number, ...pods: readonly object[]): ClusterObjects {
  const object = (fields: object): LooseObject =>
    ({ apiVersion: 'v1', kind: 'Any', metadata, ...fields }) as unknown as LooseObject;
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
