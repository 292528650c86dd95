import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statefulSet } from './stateful-set.ts';
import { specOf, wantedExample } from './testing/wanted-example.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- a test names the fields that it expects
function setOf(...given: Parameters<typeof wantedExample>): any {
  return specOf(statefulSet(wantedExample(...given)));
}

test('statefulSet() makes all pods at once and replaces none by itself', () => {
  const spec = setOf();
  assert.equal(spec.podManagementPolicy, 'Parallel');
  assert.deepEqual(spec.updateStrategy, { type: 'OnDelete' });
  assert.equal(spec.serviceName, 'demo-peers');
});

test('statefulSet() has as many pods as are decided on, not as many as are asked for', () => {
  assert.equal(setOf({ replicas: 3 }, { podCount: 5 }).replicas, 5);
});

const policyOf = (retentionPolicy: object, surplusVolumesGo: boolean): unknown =>
  setOf({ storage: { retentionPolicy } }, { surplusVolumesGo }).persistentVolumeClaimRetentionPolicy;

test('statefulSet() keeps volumes as the spec says, and those above only let go while it shrinks by itself', () => {
  assert.deepEqual(policyOf({}, false), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  assert.deepEqual(policyOf({}, true), { whenDeleted: 'Retain', whenScaled: 'Delete' });
  const other = { whenDeleted: 'Delete', whenScaled: 'Retain' };
  for (const go of [false, true]) assert.deepEqual(policyOf(other, go), other);
});

test('statefulSet() asks for volumes of the size and the class that are wanted', () => {
  const storage = { size: '2Gi', storageClassName: 'fast' };
  const [claim] = setOf({ storage }).volumeClaimTemplates;
  assert.equal(claim.metadata.name, 'data');
  assert.equal(claim.spec.storageClassName, 'fast');
  assert.deepEqual(claim.spec.resources, { requests: { storage: '2Gi' } });
  const [plain] = setOf().volumeClaimTemplates;
  assert.ok(!('storageClassName' in plain.spec), "without a class it is the cluster's default");
});

test('statefulSet() leaves the claim template as it is when volumes grow', () => {
  const [claim] = specOf(
    statefulSet(wantedExample({ storage: { size: '20Gi' } }, { templateSize: '10Gi' })),
  ).volumeClaimTemplates;
  assert.deepEqual(claim.spec.resources, { requests: { storage: '10Gi' } });
});

test('statefulSet() selects pods by what its template labels them', () => {
  const spec = setOf({ pod: { labels: { 'example.com/team': 'a' } } });
  const { labels } = spec.template.metadata;
  for (const [key, value] of Object.entries(spec.selector.matchLabels)) assert.equal(labels[key], value);
  assert.equal(labels['example.com/team'], 'a');
});

test('statefulSet() has the same template whatever changes beside the pods', () => {
  const before = setOf().template;
  const beside = {
    replicas: 5,
    paused: true,
    storage: { size: '20Gi', retentionPolicy: { whenScaled: 'Retain' } },
    service: { type: 'NodePort' },
    monitoring: { monitor: 'PodMonitor' },
    networkPolicy: { enabled: false },
    podDisruptionBudget: { enabled: false },
    updateStrategy: { type: 'OnDelete' },
  };
  const later = {
    podCount: 4,
    surplusVolumesGo: true,
    voterCount: 4,
    leaderKnown: false,
    orders: { a: 1 },
    password: 'x',
    clusterSecret: 'y',
  };
  assert.deepEqual(setOf(beside, later).template, before);
  assert.notDeepEqual(setOf({ image: 'paxoskv/node:0.2.0' }).template, before);
  assert.notDeepEqual(setOf({ engine: { leaseReads: true } }).template, before);
});
