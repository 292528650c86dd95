/** A real API server, whichever `KUBECONFIG` names, by way of kubectl: the definition of PaxosCluster in it, and a namespace that goes away again. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';

const ROOT = path.join(import.meta.dirname, '..', '..');
/** No answer in this time is a failure. */
const KUBECTL_TIMEOUT_MS = 60_000;

export interface Answer {
  readonly accepted: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there is no API server to ask; undefined: there is one. */
export async function apiServerMissing(): Promise<string | undefined> {
  if (process.env['KUBECONFIG'] === undefined) return 'no KUBECONFIG';
  const version = await kubectl(['version', '--request-timeout=10s']);
  return version.accepted ? undefined : `kubectl: ${version.stderr.trim()}`;
}

export async function kubectl(args: readonly string[], object?: unknown): Promise<Answer> {
  const child = spawn('kubectl', args, { timeout: KUBECTL_TIMEOUT_MS });
  const ended = new Promise<Pick<Answer, 'accepted'> & { error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ accepted: false, error }));
    child.once('close', (code) => resolve({ accepted: code === 0 }));
  });
  child.stdin.on('error', () => undefined).end(object === undefined ? '' : JSON.stringify(object));
  const [stdout, stderr, { accepted, error }] = await Promise.all([
    readText(child.stdout),
    readText(child.stderr),
    ended,
  ]);
  return { accepted, stdout, stderr: error?.message ?? stderr };
}

export async function mustKubectl(args: readonly string[], object?: unknown): Promise<string> {
  const answer = await kubectl(args, object);
  if (!answer.accepted) throw new Error(`kubectl ${args.join(' ')}: ${answer.stderr}`);
  return answer.stdout;
}

const WITHOUT_EFFECT = ['--dry-run=server', '--validate=strict', '-o', 'json', '-f', '-'];

/** Without effect, but through all of the API server's checks. */
export function tryToCreate(object: unknown): Promise<Answer> {
  return kubectl(['create', ...WITHOUT_EFFECT], object);
}

/** As the operator applies its objects. */
export function tryToApply(object: unknown): Promise<Answer> {
  return kubectl(['apply', '--server-side', ...WITHOUT_EFFECT], object);
}

/** Teaches the API server this repository's PaxosCluster, and waits until it has learned. */
export async function applyDefinition(): Promise<void> {
  const file = path.join(ROOT, 'manifests', 'crd.yaml');
  await mustKubectl(['apply', '--server-side', '--force-conflicts', '-f', file]);
  // Not by `--for=condition`, which fails on an object that has no conditions yet.
  const established = `jsonpath={.status.conditions[?(@.type=="Established")].status}=True`;
  await mustKubectl(['wait', `--for=${established}`, '--timeout=30s', '-f', file]);
}

/** Its pods must keep to the strictest of Kubernetes's standards, if there ever are any. */
export async function makeNamespace(): Promise<string> {
  const name = `paxoskv-crd-test-${randomBytes(4).toString('hex')}`;
  await mustKubectl(['apply', '--server-side', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  return name;
}

export async function removeNamespace(name: string): Promise<void> {
  await mustKubectl(['delete', 'namespace', name, '--wait=false']);
}
