/**
 * Where the API server is and who we are: the one place that uses the client library. It knows every form of
 * kubeconfig (certificates, tokens, programs that print credentials) and reads a pod's own token again when
 * it is a minute old, so credentials are asked for anew with each request.
 */
import { readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { InvalidAccess } from './failures.ts';

/** Where a pod finds the namespace that it runs in. */
const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

export interface Credentials {
  /** Of `node:https`: headers, certificates, the server's name, `auth`. */
  readonly options: RequestOptions;
  /** The library's agent, where a proxy is configured: then it alone knows the way. */
  readonly proxyAgent: Agent | undefined;
}

export interface ClusterAccess {
  /** The API server's address. */
  readonly server: URL;
  /** The namespace of the kubeconfig's context, or the pod's own; `default` if neither says. */
  readonly namespace: string;
  credentials(): Promise<Credentials>;
}

/** `KUBECONFIG`, else the file in the home directory, else a pod's service account. */
export function accessFromEnvironment(): ClusterAccess {
  const config = new KubeConfig();
  config.loadFromDefault();
  return accessOf(config);
}

/**
 * @throws {InvalidAccess} when the current context names no cluster, or its server is no address
 */
export function accessOf(config: KubeConfig): ClusterAccess {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new InvalidAccess(
      `kubeconfig: current-context must name a context with a cluster: it is "${config.currentContext}"`,
    );
  }
  if (!URL.canParse(cluster.server)) {
    throw new InvalidAccess(`kubeconfig: a cluster's server must be an address: it is "${cluster.server}"`);
  }
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.currentContext)?.namespace ?? podNamespace() ?? 'default',
    async credentials() {
      const { agent, ...options }: RequestOptions = await optionsFrom(config);
      return { options, proxyAgent: cluster.proxyUrl === undefined ? undefined : (agent as Agent) };
    },
  };
}

async function optionsFrom(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function podNamespace(): string | undefined {
  try {
    return readFileSync(POD_NAMESPACE_FILE, 'utf8').trim();
  } catch (error) {
    // Not in a pod.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
