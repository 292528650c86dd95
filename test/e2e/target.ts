/** Where the stories are told: in the cluster that KUBECONFIG names; else in one that kind makes for them and removes again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  FROM_NODE_IMAGE,
  FROM_OPERATOR_IMAGE,
  NODE_IMAGE,
  OPERATOR_IMAGE,
  OTHER_NODE_IMAGE,
} from './images.ts';

const KIND_CLUSTER = 'paxoskv-e2e';

export interface Target {
  readonly description: string;
  readonly kubeconfig: string;
  remove(): void;
}

/** A sentence for each thing that is missing; undefined: nothing is. */
export function findTarget(): Target | { readonly missing: string } {
  const absent = ['kubectl', 'helm'].filter(
    (program) => !works(program, ['version', '--client'], ['version']),
  );
  if (absent.length > 0) return { missing: `${absent.join(' and ')} can't be started: install them first.` };
  const kubeconfig = process.env['KUBECONFIG'];
  if (kubeconfig !== undefined && kubeconfig !== '') {
    const answer = run('kubectl', ['version', '--request-timeout=10s']);
    return answer.status === 0
      ? { description: `the cluster of ${kubeconfig}`, kubeconfig, remove: () => undefined }
      : {
          missing: `KUBECONFIG names ${kubeconfig}, whose API server does not answer: ${answer.stderr.trim()}`,
        };
  }
  if (!works('kind', ['version']) || !works('docker', ['info'])) {
    return {
      missing:
        'There is no Kubernetes: set KUBECONFIG to the configuration of a cluster that has the images, or install kind and Docker, with which one is made.',
    };
  }
  return kindCluster();
}

function kindCluster(): Target | { readonly missing: string } {
  const needed = [NODE_IMAGE, OTHER_NODE_IMAGE, OPERATOR_IMAGE];
  const unbuilt = needed.filter((image) => !isBuilt(image));
  if (unbuilt.length > 0) {
    return { missing: `Docker has no ${unbuilt.join(', ')}: build them as the README of test/e2e says.` };
  }
  // Of one story alone.
  const images = [...needed, ...[FROM_NODE_IMAGE, FROM_OPERATOR_IMAGE].filter(isBuilt)];
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-e2e-'));
  const kubeconfig = path.join(directory, 'kubeconfig');
  const remove = (): void => {
    run('kind', ['delete', 'cluster', '--name', KIND_CLUSTER, '--kubeconfig', kubeconfig]);
    rmSync(directory, { recursive: true, force: true });
  };
  const steps = [
    ['create', 'cluster', '--name', KIND_CLUSTER, '--kubeconfig', kubeconfig, '--wait', '120s'],
    ['load', 'docker-image', ...images, '--name', KIND_CLUSTER],
  ];
  for (const step of steps) {
    const answer = run('kind', step);
    if (answer.status === 0) continue;
    remove();
    return { missing: `kind ${step.join(' ')}: ${answer.stderr.trim()}` };
  }
  return { description: `the kind cluster ${KIND_CLUSTER}`, kubeconfig, remove };
}

function isBuilt(image: string): boolean {
  return run('docker', ['image', 'inspect', image]).status === 0;
}

function run(program: string, args: readonly string[]) {
  return spawnSync(program, args, { encoding: 'utf8' });
}

/** Whether one of these calls succeeds. */
function works(program: string, ...calls: readonly (readonly string[])[]): boolean {
  return calls.some((args) => run(program, args).status === 0);
}
