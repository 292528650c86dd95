/** What is made below `manifests/` and `charts/` is as new as its sources, and small enough to be kept. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CLUSTER_PERMISSIONS } from '../operator/src/controller/permissions.ts';
import { customResourceDefinition } from '../operator/src/resource/custom-resource-definition.ts';
import { digestLine, INSTALL_MANIFEST, installManifest } from '../scripts/install-manifest.ts';
import { manifestFiles } from '../scripts/manifest-files.ts';
import { leaseRules, rulesOf } from '../scripts/operator-chart.ts';
import { helmMissing, objectsIn } from './testing/helm.ts';

const root = path.join(import.meta.dirname, '..');
/** What `kubectl apply` keeps in an annotation may have so many bytes. */
const ANNOTATION_BYTES_MAX = 256 * 1024;

for (const file of manifestFiles()) {
  test(`${file.path} is what "npm run manifests" writes`, () => {
    const kept = readFileSync(path.join(root, file.path), 'utf8');
    assert.ok(kept === file.text, `${file.path} is stale: npm run manifests`);
  });

  test(`${file.path} fits into the annotation of a client-side kubectl apply`, () => {
    assert.ok(Buffer.byteLength(file.text) < ANNOTATION_BYTES_MAX);
  });
}

const install = readFileSync(path.join(root, INSTALL_MANIFEST), 'utf8');

test(`${INSTALL_MANIFEST} is of the chart as it is now`, () => {
  assert.ok(
    install.split('\n').includes(digestLine()),
    `${INSTALL_MANIFEST} is stale: npm run manifests, with helm`,
  );
});

test(`${INSTALL_MANIFEST} is what Helm makes of the chart`, { skip: helmMissing() ?? false }, () => {
  assert.ok(install === installManifest(), `${INSTALL_MANIFEST} is stale: npm run manifests`);
});

test(`${INSTALL_MANIFEST} holds the definition, and the rights that the operator uses and no others`, () => {
  const objects = objectsIn(install);
  const named = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);
  const definition = named('CustomResourceDefinition', 'paxosclusters.paxoskv.dev');
  assert.deepEqual(definition?.['spec'], customResourceDefinition()['spec']);
  assert.deepEqual(named('ClusterRole', 'paxoskv-operator')?.['rules'], rulesOf(CLUSTER_PERMISSIONS));
  assert.deepEqual(named('Role', 'paxoskv-operator-lease')?.['rules'], leaseRules('paxoskv-operator'));
});
