/**
 * Host names to addresses, without `dns.lookup`: that runs getaddrinfo on libuv's few threads, where one
 * slow name server would hold up every `fdatasync` of this process. In its order: literal addresses,
 * `localhost`, the hosts file, then the name servers (A before AAAA) through sockets of the event loop.
 *
 * Nothing is cached: the address of a pod changes whenever the pod does, so every attempt asks again.
 */
import { Resolver } from 'node:dns';
import { readFile } from 'node:fs';
import { isIP } from 'node:net';

/** Where the system keeps its answers; tests have their own. */
export interface HostSources {
  readonly hostsPath: string;
  readonly resolvConfPath: string;
  /** `address:port`; when not given, the name servers of the machine. */
  readonly servers?: readonly string[];
}

export const HOST_SOURCES: HostSources = { hostsPath: '/etc/hosts', resolvConfPath: '/etc/resolv.conf' };

/** Two tries of this length fit into one connection attempt, after which everything starts again. */
const QUERY_TIMEOUT_MS = 900;
const QUERY_TRIES = 2;

/** At least one address, best first; or the reason why there is none. */
export type Resolved = (error: Error | undefined, addresses: readonly string[]) => void;

/** Calls `done` once, in a later turn, unless the function that it returns is called before. */
export function resolveHost(host: string, done: Resolved, sources: HostSources = HOST_SOURCES): () => void {
  const search = new Search(host, done, sources);
  search.start();
  return () => {
    search.cancel();
  };
}

class Search {
  readonly #host: string;
  readonly #done: Resolved;
  readonly #sources: HostSources;
  readonly #resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  #cancelled = false;

  constructor(host: string, done: Resolved, sources: HostSources) {
    this.#host = host.toLowerCase();
    this.#done = done;
    this.#sources = sources;
    if (sources.servers !== undefined) this.#resolver.setServers(sources.servers);
  }

  start(): void {
    if (isIP(this.#host) !== 0) return this.#answerLater([this.#host]);
    if (this.#host === 'localhost') return this.#answerLater(['127.0.0.1', '::1']);
    readFile(this.#sources.hostsPath, 'utf8', (error, text) => {
      if (this.#cancelled) return;
      // A machine without a hosts file is a machine whose names are all with the name servers.
      const addresses = error === null ? addressesInHosts(text, this.#host) : [];
      if (addresses.length > 0) this.#done(undefined, addresses);
      else this.#readSearchList();
    });
  }

  cancel(): void {
    this.#cancelled = true;
    this.#resolver.cancel();
  }

  #answerLater(addresses: readonly string[]): void {
    setImmediate(() => {
      if (!this.#cancelled) this.#done(undefined, addresses);
    });
  }

  #readSearchList(): void {
    readFile(this.#sources.resolvConfPath, 'utf8', (error, text) => {
      if (this.#cancelled) return;
      this.#ask(candidateNames(this.#host, error === null ? text : ''), 0);
    });
  }

  #ask(names: readonly string[], index: number): void {
    const name = names[index] ?? this.#host;
    this.#resolver.resolve4(name, (error, addresses) => {
      if (this.#cancelled) return;
      if (error === null && addresses.length > 0) return this.#done(undefined, addresses);
      this.#resolver.resolve6(name, (error6, addresses6) => {
        if (this.#cancelled) return;
        if (error6 === null && addresses6.length > 0) this.#done(undefined, addresses6);
        else if (index + 1 < names.length) this.#ask(names, index + 1);
        else this.#done(error6 ?? error ?? new Error(`${this.#host} has no address`), []);
      });
    });
  }
}

/** The addresses that a hosts file gives to `host` (in lower case), in the order of its lines. */
export function addressesInHosts(text: string, host: string): string[] {
  const addresses: string[] = [];
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    if (names.some((name) => name.toLowerCase() === host)) addresses.push(address);
  }
  return addresses;
}

/**
 * The full names to ask for, in the order of resolv.conf(5). Node's resolver asks only for full names, but
 * inside a Kubernetes cluster people write short ones (`pod.service.namespace.svc`).
 */
export function candidateNames(host: string, resolvConf: string): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  let suffixes: string[] = [];
  let dotsMin = 1;
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'search') suffixes = values.filter((value) => value !== '.');
    if (keyword !== 'options') continue;
    const option = values.find((value) => /^ndots:\d+$/.test(value));
    if (option !== undefined) dotsMin = Number(option.slice('ndots:'.length));
  }
  const extended = suffixes.map((suffix) => `${host}.${suffix}`);
  return host.split('.').length - 1 >= dotsMin ? [host, ...extended] : [...extended, host];
}
