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
import type { PeerAddress } from './options.ts';

/** Slots in flight at most, for the whole life of a cluster: sixteen times what a busy one uses. */
const ALPHA = 512;
/** How often peers that are not there yet are asked again. */
const PROBE_INTERVAL_MS = 100;
const CLUSTER_ID_BYTES = 16;

export interface BootstrapOptions {
  readonly self: ReplicaId;
  readonly addresses: Addresses;
  readonly peers: readonly PeerAddress[];
  /** False as soon as this replica has been taken into a cluster. */
  readonly isStranger: () => boolean;
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
  if (!options.isStranger()) return;
  const first = peers[0];
  const others = peers.filter((peer) => !isSelf(peer, addresses));
  if (first === undefined || !isSelf(first, addresses)) {
    observe({
      kind: 'notice',
      text: `fresh, waits for a member of the cluster to link to it as ${replicaText(options.self)}`,
    });
    return;
  }
  if (others.length > 0)
    observe({ kind: 'notice', text: `fresh, asks ${others.length} peers whether they are fresh too` });
  ask(options, others, new Map());
}

/** Asks all that have not answered yet, again and again, until all are fresh or one is not. */
function ask(
  options: BootstrapOptions,
  others: readonly PeerAddress[],
  fresh: Map<PeerAddress, Member>,
): void {
  if (!options.isStranger()) return;
  if (fresh.size === others.length) return found(options, [...fresh.values()]);
  let open = others.length - fresh.size;
  for (const peer of others) {
    if (fresh.has(peer)) continue;
    options.probe(peer.host, peer.peerPort, (_error, hello) => {
      // No answer is no evidence: it is asked again until there is one.
      open -= 1;
      if (hello?.cluster !== undefined) return stayStranger(options, hello);
      if (hello !== undefined) fresh.set(peer, { id: hello.sender, voter: true, addresses: hello.addresses });
      if (open === 0) {
        setTimeout(() => ask(options, others, fresh), fresh.size === others.length ? 0 : PROBE_INTERVAL_MS);
      }
    });
  }
}

function found(options: BootstrapOptions, others: readonly Member[]): void {
  const own: Member = { id: options.self, voter: true, addresses: options.addresses };
  const cluster = randomBytes(CLUSTER_ID_BYTES).toString('hex');
  options.observe({ kind: 'notice', text: `founds cluster ${cluster} of ${others.length + 1}` });
  options.bootstrap(cluster, { alpha: ALPHA, members: [own, ...others] });
}

function stayStranger(options: BootstrapOptions, hello: Hello): void {
  options.observe({
    kind: 'notice',
    text:
      `a stranger: its directory is fresh, but ${replicaText(hello.sender)} belongs to cluster ${hello.cluster}; ` +
      `it waits until it is added there as ${replicaText(options.self)}`,
  });
}

function isSelf(peer: PeerAddress, addresses: Addresses): boolean {
  return peer.host === addresses.host && peer.peerPort === addresses.peerPort;
}
