/** `manifests/install.yaml`: the operator's chart with its values as they come, for whoever has no Helm. Helm makes it; where there is none, it stays. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dump, loadAll } from 'js-yaml';

export const INSTALL_MANIFEST = 'manifests/install.yaml';
const ROOT = path.join(import.meta.dirname, '..');
const CHART = 'charts/paxoskv-operator';
const NAME = 'paxoskv-operator';
const NAMESPACE = 'paxoskv-system';
const HELM_TIMEOUT_MS = 60_000;
/** What says that Helm looks after an object: here nobody does. */
const HELM_MARKS = ['helm.sh/chart', 'app.kubernetes.io/managed-by', 'helm.sh/resource-policy'];

interface Manifest {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Undefined where there is no Helm. */
export function installManifest(): string | undefined {
  const args = ['template', NAME, CHART, '--namespace', NAMESPACE, '--skip-tests'];
  const { status, stdout, stderr, error } = spawnSync('helm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: HELM_TIMEOUT_MS,
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return undefined;
  if (status !== 0) throw new Error(`helm ${args.join(' ')}: ${error?.message ?? stderr}`);
  const objects = (loadAll(stdout) as Manifest[]).map((object) => withoutMarks(object));
  const documents = [namespace(), ...objects].map((object) => dump(object, { lineWidth: -1, noRefs: true }));
  const about = `# Made by \`npm run manifests\` from ${CHART}.
#
#   kubectl apply --server-side --filename manifests/install.yaml
#
${digestLine()}
`;
  return about + documents.map((document) => `---\n${document}`).join('');
}

/** By this line a test sees, also without Helm, whether the chart has changed since. */
export function digestLine(): string {
  const files = globSync(`${CHART}/{Chart.yaml,values.yaml,templates/**}`, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .toSorted();
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${file}\n${readFileSync(path.join(ROOT, file), 'utf8')}\n`);
  return `# sha256 of the chart's files: ${digest.digest('hex')}`;
}

/** What runs in it keeps to the strictest of Kubernetes's standards. */
function namespace(): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: NAMESPACE,
      labels: {
        'app.kubernetes.io/name': NAME,
        'app.kubernetes.io/part-of': 'paxoskv',
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  };
}

function withoutMarks<T>(value: T): T {
  if (Array.isArray(value)) return value.map((each: unknown) => withoutMarks(each)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, each]) => {
    if (HELM_MARKS.includes(name)) return [];
    const rest: unknown = withoutMarks(each);
    const isEmptied = name === 'annotations' && Object.keys(rest as object).length === 0;
    return isEmptied ? [] : [[name, rest] as const];
  });
  return Object.fromEntries(kept) as T;
}
