/**
 * The birth of a cluster from a static list of peers, without an operator: the first one listed
 * bootstraps, only while its own directory is fresh, and only when every listed peer has answered that
 * it is fresh too. In any other case a fresh replica waits: a member will link to it, or somebody must
 * add it, for a disk that was lost is not the voter that it was (invariant ForgottenNeverVotes).
 */
import { randomBytes } from 'node:crypto';
import type { Hello } from './link/hello.ts';
import type { Observer } from './observe/events.ts';
import { type ReplicaId, replicaText } from './paxos/ballot.ts';
import type { Addresses, Configuration, Member } from './paxos/configuration.ts';
import { VERSION } from './paxos/version.ts';
import { ALPHA } from './replica/limits.ts';
import type { PeerAddress } from './options.ts';

/** How often peers that are not there yet are asked again. */
const PROBE_INTERVAL_MS = 100;
const CLUSTER_ID_BYTES = 16;

export interface BootstrapOptions {
  readonly self: ReplicaId;
  readonly addresses: Addresses;
  readonly peers: readonly PeerAddress[];
  /** False as soon as this replica belongs to a cluster. */
  readonly isFresh: () => boolean;
  readonly probe: (
    host: string,
    port: number,
    done: (error: Error | undefined, hello: Hello | undefined) => void,
  ) => void;
  readonly bootstrap: (cluster: string, configuration: Configuration) => void;
  readonly observe: Observer;
}

export function bootstrapWhenAllAreFresh(options: BootstrapOptions): void {
  const { peers, addresses, observe } = options;
  if (!options.isFresh()) return;
  const first = peers[0];
  const others = peers.filter((peer) => !isSelf(peer, addresses));
  if (first === undefined || !isSelf(first, addresses)) {
    const id = replicaText(options.self);
    observe({
      kind: 'notice',
      name: 'fresh',
      text: `fresh, waits for a member of the cluster to link to it as ${id}`,
    });
    return;
  }
  if (others.length > 0) {
    observe({
      kind: 'notice',
      name: 'fresh',
      text: `fresh, asks ${others.length} peers whether they are fresh too`,
    });
  }
  ask(options, others);
}

/** One round: all are asked, and all must be fresh in this very round, since a peer may change meanwhile. */
function ask(options: BootstrapOptions, others: readonly PeerAddress[]): void {
  if (!options.isFresh()) return;
  if (others.length === 0) return found(options, []);
  const hellos: Hello[] = [];
  let open = others.length;
  for (const { host, peerPort } of others) {
    options.probe(host, peerPort, (_error, hello) => {
      // No answer is no evidence: it is asked again until there is one.
      if (hello !== undefined) hellos.push(hello);
      open -= 1;
      if (open === 0) judge(options, others, hellos);
    });
  }
}

function judge(options: BootstrapOptions, others: readonly PeerAddress[], hellos: readonly Hello[]): void {
  const member = hellos.find((hello) => hello.cluster !== undefined);
  if (member !== undefined) return stayStranger(options, member);
  if (hellos.length < others.length) {
    setTimeout(() => ask(options, others), PROBE_INTERVAL_MS);
    return;
  }
  const ids = new Set([options.self, ...hellos.map((hello) => hello.sender)]);
  if (ids.size < hellos.length + 1) {
    options.observe({
      kind: 'notice',
      name: 'stranger',
      text: 'two names of the peer list are one replica: it founds no cluster',
    });
    return;
  }
  if (options.isFresh()) found(options, hellos);
}

function found(options: BootstrapOptions, hellos: readonly Hello[]): void {
  const own: Member = { id: options.self, voter: true, addresses: options.addresses };
  const others = hellos.map(({ sender, addresses }) => ({ id: sender, voter: true, addresses }));
  const cluster = randomBytes(CLUSTER_ID_BYTES).toString('hex');
  options.observe({
    kind: 'notice',
    name: 'founds-cluster',
    text: `founds cluster ${cluster} of ${others.length + 1}`,
  });
  // Of what every founder can do: a later release may be among them.
  const version = Math.min(VERSION, ...hellos.map((hello) => hello.supports));
  options.bootstrap(cluster, { version, alpha: ALPHA, members: [own, ...others], removed: [] });
}

function stayStranger(options: BootstrapOptions, hello: Hello): void {
  options.observe({
    kind: 'notice',
    name: 'stranger',
    text:
      `a stranger: its directory is fresh, but ${replicaText(hello.sender)} belongs to cluster ${hello.cluster}; ` +
      `it waits until it is added there as ${replicaText(options.self)}`,
  });
}

function isSelf(peer: PeerAddress, addresses: Addresses): boolean {
  return peer.host === addresses.host && peer.peerPort === addresses.peerPort;
}
