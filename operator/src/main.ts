/** The operator: options → parts → run → end. Nothing is decided here. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { programJournal } from '../../node/src/journal/program-journal.ts';
import { PaxosClusterController } from './controller/paxos-cluster-controller.ts';
import { FleetServer } from './fleet/fleet-server.ts';
import { HealthServer, informerCheck } from './health.ts';
import { accessFromEnvironment } from './kube/cluster-access.ts';
import { HttpTransport } from './kube/http-transport.ts';
import { KubeApi } from './kube/kube-api.ts';
import { LEASE_REQUEST_TIMEOUT_MS, LeaderElection } from './kube/leader-election.ts';
import type { RuntimeEvent } from './kube/runtime-event.ts';
import { runtimeLogLines } from './log-lines.ts';
import { OperatorMetrics } from './metrics.ts';
import { InvalidOption, type Options, parseOptions } from './options.ts';
import { VERSION } from './resource/release.ts';

const FIELD_MANAGER = 'paxoskv-operator';
const EXIT_LEASE_LOST = 1;
const EXIT_USAGE = 2;

function optionsOrExit(): Options {
  try {
    const options = parseOptions(process.argv.slice(2), process);
    if (typeof options === 'object') return options;
    process.stdout.write(options);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    console.error(`${error.message}\nSee --help.`);
    process.exit(EXIT_USAGE);
  }
}

const options = optionsOrExit();
const journal = programJournal(options.log);
const writeLine = runtimeLogLines(journal);
let metrics: OperatorMetrics | undefined;
const observer = (event: RuntimeEvent): void => {
  writeLine(event);
  metrics?.observe(event);
};

journal.tell('info', 'started', `PaxosKV operator ${VERSION} starts`, { release: VERSION });

const access = accessFromEnvironment();
const transport = new HttpTransport({ access, userAgent: `paxoskv-operator/${VERSION}`, observer });
const election = new LeaderElection({
  api: new KubeApi({ transport, fieldManager: FIELD_MANAGER, requestTimeoutMs: LEASE_REQUEST_TIMEOUT_MS }),
  lease: { namespace: options.leaseNamespace ?? access.namespace, name: options.leaseName },
  identity: `${hostname()}_${randomUUID()}`,
  // Whatever is under way is another one's now.
  onLost: (reason) => {
    journal.tell('error', 'lease-lost', reason);
    process.exit(EXIT_LEASE_LOST);
  },
  observer,
});
const leads = (): boolean => election.leads;
const api = new KubeApi({ transport, fieldManager: FIELD_MANAGER, mayWrite: leads });
const isInCluster = process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
const controller = new PaxosClusterController({
  api,
  mayAct: leads,
  namespaces: options.namespaces,
  operator: isInCluster ? { namespace: access.namespace, labels: options.podLabels } : undefined,
  observer,
  documentation: options.documentation,
  reporter: 'paxoskv.dev/operator',
});
metrics = new OperatorMetrics({
  loops: [controller.loop],
  informers: () => controller.informers,
  clusters: () => controller.clusters(),
});
const health = new HealthServer({
  host: options.healthHost,
  port: options.healthPort,
  // That it answers is the answer: the event loop turns.
  live: {},
  // One that does not lead is ready to take over.
  ready: Object.fromEntries(
    controller.required.map((informer, index) => {
      const check = informerCheck(informer);
      return [`${informer.resource}-${index}`, () => (election.leads ? check() : undefined)];
    }),
  ),
  registry: metrics.registry,
});

const fleet =
  options.consolePort === undefined
    ? undefined
    : new FleetServer({ port: options.consolePort, api, cached: controller.cached });

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await fleet?.stop();
  await controller.stop();
  // Last: until then nobody else may begin.
  await election.stop();
  await health.stop();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end());

await health.start();
election.start();
await election.acquired();
await controller.start();
await fleet?.start();
