/** A pod that runs a program of this repository's tests: its files come as a ConfigMap, Node.js out of the image of the replicas. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_IMAGE } from '../images.ts';
import { isReady, type Namespace, type Pod } from './kube.ts';
import { until } from './waiting.ts';

const START_MS = 90_000;

export interface ProgramPod {
  readonly name: string;
  /** The program, then what it imports: by their places below `test/`. */
  readonly files: readonly [string, ...string[]];
  readonly env?: readonly object[];
  /** Answered with a 2xx when it is ready. */
  readonly readiness: { readonly path: string; readonly port: number };
}

/** Resolves when it is ready. */
export async function startProgramPod(namespace: Namespace, program: ProgramPod): Promise<Pod> {
  const { name } = program;
  await namespace.apply(sourcesOf(program));
  await namespace.apply(podOf(program));
  return await until(`${name} runs`, START_MS, async () => {
    const pod = await namespace.find<Pod>('pod', name);
    return pod !== undefined && isReady(pod) ? { done: pod } : { yet: `it is ${pod?.status.phase}` };
  });
}

/** A key of a ConfigMap can't hold a slash. */
const keyOf = (file: string): string => file.replaceAll('/', '_');

function sourcesOf({ name, files }: ProgramPod): object {
  const root = path.join(import.meta.dirname, '..', '..');
  const data = Object.fromEntries(
    files.map((file) => [keyOf(file), readFileSync(path.join(root, file), 'utf8')]),
  );
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function podOf({ name, files, env = [], readiness }: ProgramPod): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'paxoskv.dev/e2e': 'client' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'client',
          image: NODE_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', `/program/${files[0]}`],
          env,
          readinessProbe: { httpGet: readiness, periodSeconds: 1 },
          resources: { requests: { cpu: '50m', memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'program', mountPath: '/program' }],
        },
      ],
      volumes: [
        {
          name: 'program',
          configMap: { name, items: files.map((file) => ({ key: keyOf(file), path: file })) },
        },
      ],
    },
  };
}
