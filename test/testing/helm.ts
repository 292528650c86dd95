/** Helm, where it is installed: what a chart makes of values, as objects. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { loadAll } from 'js-yaml';

const ROOT = path.join(import.meta.dirname, '../..');
const HELM_TIMEOUT_MS = 60_000;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface HelmAnswer {
  readonly accepted: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export function helm(args: readonly string[]): HelmAnswer {
  const { status, stdout, stderr } = spawnSync('helm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: HELM_TIMEOUT_MS,
    // A whole chart on standard output.
    maxBuffer: 64 * 1024 * 1024,
  });
  return { accepted: status === 0, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** Why a test can't ask Helm; undefined: it can. */
export function helmMissing(): string | undefined {
  return helm(['version']).accepted ? undefined : 'no helm';
}

/** What `helm install` would send, tests included. `values` are arguments of `--set-json`: `replicas=3`. */
export function rendered(chart: string, values: readonly string[] = [], namespace = 'there'): Manifest[] {
  const set = values.flatMap((value) => ['--set-json', value]);
  const answer = helm(['template', 'here', `charts/${chart}`, '--namespace', namespace, ...set]);
  if (!answer.accepted) throw new Error(answer.stderr);
  return objectsIn(answer.stdout);
}

/** The objects of a file with several documents. */
export function objectsIn(text: string): Manifest[] {
  return (loadAll(text) as (Manifest | null | undefined)[]).filter(
    (object) => object !== null && object !== undefined,
  );
}
