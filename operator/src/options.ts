/** What the operator is told when it starts: parsed once, or refused with a sentence. */
import { parseArgs } from 'node:util';
import {
  LOG_OPTIONS,
  type LogChoice,
  logChoice,
  type Surroundings,
} from '../../node/src/journal/log-choice.ts';

export interface Options {
  /** The namespaces that are looked after; empty: all of them. */
  readonly namespaces: readonly string[];
  /** Where the lease lives; undefined: where the operator runs. */
  readonly leaseNamespace: string | undefined;
  readonly leaseName: string;
  readonly healthHost: string;
  readonly healthPort: number;
  /** Of the page with all clusters, on this machine's loopback alone; undefined: there is none. */
  readonly consolePort: number | undefined;
  /** By which labels a NetworkPolicy knows the pods of the operator. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Without a slash at the end. */
  readonly documentation: string;
  readonly log: LogChoice;
}

export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}

export const HELP = `Runs PaxosKV clusters on Kubernetes: looks after every PaxosCluster.

  --namespaces NAME,...     look after these namespaces only (default: all)
  --lease-namespace NAME    where the lease lives (default: the operator's own namespace)
  --lease-name NAME         of which two operators only one holds (default paxoskv-operator)
  --health-host ADDRESS     where /healthz, /readyz and /metrics listen (default 0.0.0.0)
  --health-port PORT        (default 8081; 0: any free one)
  --console-port PORT       where 127.0.0.1 shows all clusters and forwards to their consoles; whoever reaches it sees them all (default: nowhere)
  --pod-labels NAME=VALUE,...  labels of the operator's pods, for NetworkPolicies (default app.kubernetes.io/name=paxoskv-operator)
  --documentation URL       where the pages of docs/ are read: conditions and events of a cluster lead there (default: they name the file)
  --${LOG_OPTIONS.format.name} ${LOG_OPTIONS.format.value}       ${LOG_OPTIONS.format.help}
  --${LOG_OPTIONS.level.name} ${LOG_OPTIONS.level.value}         ${LOG_OPTIONS.level.help}
  --help                    print this text

Which API server: KUBECONFIG, else the file in the home directory, else the pod's own service account.
`;

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9./_-]+)=([A-Za-z0-9._-]*)$/;

/** The help text when it is asked for. Throws `InvalidOption`. */
export function parseOptions(argv: readonly string[], surroundings: Surroundings): Options | string {
  const values = valuesOf(argv);
  if (values.help === true) return HELP;
  const namespaces = listOf(values.namespaces);
  for (const name of [
    ...namespaces,
    ...(values['lease-namespace'] === undefined ? [] : [values['lease-namespace']]),
  ]) {
    if (!NAMESPACE.test(name))
      throw new InvalidOption(
        `a namespace must have at most 63 small letters, digits and hyphens: it is "${name}"`,
      );
  }
  return Object.freeze({
    namespaces,
    leaseNamespace: values['lease-namespace'],
    leaseName: values['lease-name'],
    healthHost: values['health-host'],
    healthPort: portOf('health-port', values['health-port']),
    consolePort:
      values['console-port'] === undefined ? undefined : portOf('console-port', values['console-port']),
    documentation: documentationOf(values.documentation),
    podLabels: Object.fromEntries(listOf(values['pod-labels']).map(labelOf)),
    log: logChoice(
      { format: values['log-format'], level: values['log-level'] },
      surroundings,
      (field, value, rule) => {
        throw new InvalidOption(`${field} ${rule}: it is "${value}"`);
      },
    ),
  });
}

function valuesOf(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        namespaces: { type: 'string' },
        'lease-namespace': { type: 'string' },
        'lease-name': { type: 'string', default: 'paxoskv-operator' },
        'health-host': { type: 'string', default: '0.0.0.0' },
        'health-port': { type: 'string', default: '8081' },
        'console-port': { type: 'string' },
        'pod-labels': { type: 'string', default: 'app.kubernetes.io/name=paxoskv-operator' },
        documentation: { type: 'string' },
        'log-format': { type: 'string' },
        'log-level': { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw new InvalidOption(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function portOf(name: string, text: string): number {
  const port = Number(text);
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidOption(`--${name} must be a whole number from 0 to 65535: it is "${text}"`);
}

/** The folder in the repository, where nobody says where its pages are read. */
const DOCUMENTATION = 'docs';

function documentationOf(url: string | undefined): string {
  if (url === undefined) return DOCUMENTATION;
  if (!/^https?:\/\/[^\s?#]+$/.test(url))
    throw new InvalidOption(
      `--documentation must be a URL without a query, such as https://example.com/docs: it is "${url}"`,
    );
  return url.replace(/\/+$/, '');
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function labelOf(text: string): [string, string] {
  const [, name, value] = LABEL.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidOption(`--pod-labels must be NAME=VALUE,...: it holds "${text}"`);
  return [name, value];
}
