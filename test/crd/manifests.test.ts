/** What users apply without Helm, against a real API server: it takes all of it, with no warning, and it says what it means to. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parsePaxosCluster } from '../../operator/src/resource/paxos-cluster.ts';
import { type Manifest, objectsIn } from '../testing/helm.ts';
import {
  apiServerMissing,
  applyDefinition,
  kubectl,
  makeNamespace,
  mustKubectl,
  removeNamespace,
} from './api-server.ts';

const missing = await apiServerMissing();
const ROOT = path.join(import.meta.dirname, '../..');
const WITHOUT_EFFECT = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
/** Of this one only, no other has rights in it. */
const OWN_NAMESPACE = 'paxoskv-system';

async function apply(what: string, args: readonly string[], object?: unknown): Promise<string> {
  const answer = await kubectl(['apply', ...WITHOUT_EFFECT, ...args], object);
  assert.ok(answer.accepted, `${what}: ${answer.stderr}`);
  assert.doesNotMatch(answer.stderr, /Warning/, what);
  return answer.stdout;
}

describe('the manifests on a real API server', { skip: missing ?? false }, () => {
  let namespace = '';
  before(async () => {
    await applyDefinition();
    namespace = await makeNamespace();
  });
  after(() => removeNamespace(namespace));

  for (const file of globSync('manifests/samples/*.yaml', { cwd: ROOT }).toSorted()) {
    it(`takes ${file}`, async () => {
      const stored = JSON.parse(
        await apply(file, [
          '--namespace',
          namespace,
          '--output',
          'json',
          '--filename',
          path.join(ROOT, file),
        ]),
      ) as Manifest;
      // A dry run gives it no version.
      const metadata = { resourceVersion: '1', uid: 'u', ...stored.metadata };
      assert.equal(parsePaxosCluster({ ...stored, metadata }).kind, 'parsed');
    });
  }

  it('takes manifests/install.yaml, object by object', async () => {
    const objects = objectsIn(readFileSync(path.join(ROOT, 'manifests/install.yaml'), 'utf8'));
    assert.deepEqual(
      objects.filter(({ kind }) => ['Namespace', 'CustomResourceDefinition', 'Deployment'].includes(kind))
        .length,
      3,
    );
    // A dry run makes no namespace that the next object could live in.
    for (const object of objects) {
      const { metadata } = object;
      const moved = metadata.namespace === OWN_NAMESPACE ? { ...metadata, namespace } : metadata;
      await apply(`${object.kind} ${metadata.name}`, ['--filename', '-'], { ...object, metadata: moved });
    }
  });

  it('takes the pod of manifests/install.yaml in a restricted namespace', async () => {
    const objects = objectsIn(readFileSync(path.join(ROOT, 'manifests/install.yaml'), 'utf8'));
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as Manifest & {
      readonly spec: { readonly template: { readonly spec: object } };
    };
    const spec = { ...deployment.spec.template.spec, serviceAccountName: 'default' };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'operator', namespace }, spec };
    await mustKubectl(['wait', '--for=create', '--namespace', namespace, 'serviceaccount/default']);
    await apply('the pod', ['--filename', '-'], pod);
  });
});
