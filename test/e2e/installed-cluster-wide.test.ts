/** One operator for all namespaces, as the README installs it: once by the manifest, once by Helm. Its going away is nothing to a cluster. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { kubectl, mustKubectl } from '../crd/api-server.ts';
import { OPERATOR_IMAGE } from './images.ts';
import { type KubeObject, Namespace } from './testing/kube.ts';
import { Operator, PRESENT } from './testing/operator.ts';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const MANIFEST = path.join(import.meta.dirname, '..', '..', 'manifests', 'install.yaml');
const RELEASED_IMAGE = /paxoskv\/operator:\d+\.\d+\.\d+/g;
/** Of the manifest; the README installs the chart there, too. */
const HOME = 'paxoskv-system';
const OF_THE_WHOLE_CLUSTER = 'clusterroles,clusterrolebindings';
const MARK = 'app.kubernetes.io/name=paxoskv-operator';
const OBSERVED_MS = 60_000;
const ALONE_MS = 90_000;
/** As the chart has it, but for the image. */
const EVERYWHERE = { watchNamespaces: [], crds: { create: true }, rbac: { aggregateClusterRoles: true } };

story(
  'an operator for all namespaces comes by manifest and by Helm, and goes, while a cluster serves',
  async (world) => {
    const home = new Namespace(HOME);
    const operator = new Operator(home, 1);
    await mustBeAlone();
    world.context.after(removeOperator);

    await applyManifest();
    await operator.leads(OPERATOR_IMAGE);
    const cluster = await world.found(3);
    const load = await world.load(cluster);
    const pods = async (): Promise<string[]> =>
      (await cluster.pods()).map(({ metadata }) => metadata.uid).toSorted();
    const before = await pods();
    const stillServes = async (how: string): Promise<void> => {
      await load.progress(300);
      assert.deepEqual(await pods(), before, 'no pod was made anew');
      assert.equal((await cluster.read()).metadata.deletionTimestamp, undefined);
      world.tell(`${how}, the cluster serves`);
    };
    await removeOperator();
    await stillServes('what the manifest brought is gone');

    await operator.install(PRESENT, EVERYWHERE);
    const leader = await operator.leads(OPERATOR_IMAGE);
    // What nobody but this operator can have seen.
    await cluster.patch({ service: { annotations: { 'example.com/seen-by': leader } } });
    await cluster.healthy(OBSERVED_MS);
    await stillServes('Helm has installed the operator again');
    operator.uninstall();
    await stillServes('Helm has uninstalled it');
    world.tell(await load.assertNothingLost());

    // Nobody is needed for that either.
    await cluster.remove();
  },
  { installed: false },
);

/** Two operators that look after the same clusters are in each other's way, and somebody's must not be replaced. Those of other stories go by themselves. */
async function mustBeAlone(): Promise<void> {
  await until('this Kubernetes has no operator but that of this story', ALONE_MS, async () => {
    const others = await mustKubectl(['get', 'deployments', '--all-namespaces', '-l', MARK, '--no-headers']);
    return others === '' ? { done: true } : { yet: others };
  });
  const { accepted } = await kubectl(['get', 'namespace', HOME]);
  assert.ok(!accepted, `there is a namespace ${HOME} already: this story takes a Kubernetes without`);
}

/** `kubectl apply --server-side -f manifests/install.yaml`, with the image that is at hand. */
async function applyManifest(): Promise<void> {
  const text = readFileSync(MANIFEST, 'utf8');
  assert.match(text, RELEASED_IMAGE);
  const items = loadAll(text.replaceAll(RELEASED_IMAGE, OPERATOR_IMAGE)) as KubeObject[];
  await mustKubectl(['apply', '--server-side', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
}

/** As docs/kubernetes.md has it for those without Helm: the definition, and with it every cluster, stays. */
async function removeOperator(): Promise<void> {
  await mustKubectl(['delete', OF_THE_WHOLE_CLUSTER, '-l', MARK]);
  await mustKubectl(['delete', 'namespace', HOME, '--ignore-not-found', '--timeout=50s']);
}
