/**
 * Peer links over WebSocket: every replica listens on its peer port and keeps one `consensus` and one `bulk`
 * connection to each peer. Bulk transfer has a connection of its own, so that a heartbeat never waits behind
 * a snapshot.
 */
import type { Socket } from 'node:net';

import type { WebSocket } from 'ws';

import type { Secret } from '../auth/secret.ts';
import type { SecretFile } from '../auth/secret-file.ts';
import type { Observer } from '../observe/events.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Addresses } from '../paxos/configuration.ts';
import type { Standing } from '../paxos/peer-memory.ts';
import { replicaText } from '../paxos/ballot.ts';
import type { Tls } from '../tls/tls.ts';
import { Acceptor } from './acceptor.ts';
import type { AcceptorOwner, Greeting } from './acceptor.ts';
import { dial, WRONG_SECRET } from './dial.ts';
import type { Dialled } from './dial.ts';
import { receiveProofs } from './first-frame.ts';
import { encodeHello, mismatchOf, refusalOf } from './hello.ts';
import type { Hello, Purpose, Refusal } from './hello.ts';
import { LINK_TIMING } from './link-timing.ts';
import type { LinkTiming } from './link-timing.ts';
import type { Links } from './links.ts';
import { OncePerMinute } from './once-per-minute.ts';
import { PeerLink } from './peer-link.ts';
import type { PeerLinkOwner, PeerListener, PeerTarget } from './peer-link.ts';
import { channelOf, drawNonce, encodeProofs, secretsProven } from './proof.ts';
import { discard, refuse } from './web-socket-options.ts';

/**
 * Peers with a link or an address: twice the members that a configuration may have, because one that this
 * replica has not heard of yet may call before the configuration that holds it arrives.
 */
const PEERS_MAX = 128;

export interface Identity {
  /** Hexadecimal; undefined while this replica belongs to no cluster. */
  readonly cluster: string | undefined;
  readonly replica: ReplicaId;
  readonly bootstrapped: boolean;
  readonly standing: Standing;
  /** The newest version of agreement that this program knows. */
  readonly supports: number;
}

export interface Peer extends PeerTarget {
  readonly id: ReplicaId;
}

export interface WebSocketLinksOptions {
  /** Asked for every hello, since a replica joins its cluster while it runs. The replica id never changes. */
  readonly identity: () => Identity;
  /** An address of this machine, not a name. */
  readonly listenHost: string;
  /** 0: the system chooses one. */
  readonly listenPort: number;
  /** What the other replicas are told about where this one is. */
  readonly addresses: Addresses;
  readonly observer: Observer;
  /** Draws from [0, 1). */
  readonly random: () => number;
  readonly timing?: LinkTiming;
  /** What both ends of a link prove to know; undefined: whoever reaches the peer port is believed. */
  readonly secrets: SecretFile | undefined;
  /** Undefined: links are not encrypted. */
  readonly tls: Tls | undefined;
}

/** An error when nobody answers as a replica of this protocol version; else who it is. */
export type Probed = (error: Error | undefined, hello: Hello | undefined) => void;

export class WebSocketLinks implements Links, PeerLinkOwner, AcceptorOwner {
  readonly listener: PeerListener;
  readonly observer: Observer;
  readonly timing: LinkTiming;
  readonly random: () => number;
  readonly tls: Tls | undefined;
  readonly #options: WebSocketLinksOptions;
  readonly #acceptor: Acceptor;
  readonly #links = new Map<ReplicaId, PeerLink>();
  readonly #members = new Set<ReplicaId>();
  /** Members that were removed, and since when this replica knows it. */
  readonly #leaving = new Map<ReplicaId, number>();
  readonly #probes = new Set<() => void>();
  readonly #reports = new OncePerMinute();
  #heart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: WebSocketLinksOptions, listener: PeerListener) {
    this.listener = listener;
    this.observer = options.observer;
    this.timing = options.timing ?? LINK_TIMING;
    this.random = options.random;
    this.tls = options.tls;
    this.#options = options;
    this.#acceptor = new Acceptor(this, this.timing, options.tls);
    options.secrets?.onChange((current) => {
      for (const link of this.#links.values()) link.keepOnly(current);
    });
  }

  get secrets(): readonly Secret[] {
    return this.#options.secrets?.current ?? [];
  }

  /** Opens the peer port and tells which one it is; to be done before anything else. */
  listen(done: (error: Error | undefined, port: number) => void): void {
    const { listenHost, listenPort } = this.#options;
    this.#acceptor.listen(listenHost, listenPort, (error, port) => {
      if (error === undefined && !this.#closed) {
        this.#heart = setInterval(() => {
          this.#beat();
        }, this.timing.pingIntervalMs);
      }
      done(error, port);
    });
  }

  /**
   * The other members of every configuration that rules now or soon. New ones are dialled or awaited. Those that are
   * gone are dialled no more, and cut after a while: they shall hear of it first. `down` comes after this has returned.
   */
  setPeers(peers: readonly Peer[]): void {
    if (this.#closed) return;
    const gone = new Set(this.#members);
    const self = this.#options.identity().replica;
    this.#members.clear();
    for (const peer of peers) {
      if (peer.id === self) continue;
      gone.delete(peer.id);
      this.#leaving.delete(peer.id);
      this.#members.add(peer.id);
      this.#linkTo(peer.id).aim(peer);
    }
    for (const id of gone) {
      this.#leaving.set(id, performance.now());
      this.#links.get(id)?.forgo();
    }
  }

  send(peer: ReplicaId, frame: Uint8Array): boolean {
    const link = this.#links.get(peer);
    return link !== undefined && link.send(frame);
  }

  sendBulk(peer: ReplicaId, frame: Uint8Array, sent?: () => void): boolean {
    const link = this.#links.get(peer);
    return link !== undefined && link.sendBulk(frame, sent);
  }

  isUp(peer: ReplicaId): boolean {
    return this.#links.get(peer)?.isUp === true;
  }

  /** The last round trip that was measured, in milliseconds; undefined while there is no link. */
  roundTripMs(peer: ReplicaId): number | undefined {
    return this.#links.get(peer)?.roundTripMs;
  }

  /** Asks whoever listens there who it is, cluster or none; for a bootstrap from a static list. */
  probe(host: string, port: number, done: Probed): void {
    if (this.#closed) {
      process.nextTick(done, new Error('the links are closed'), undefined);
      return;
    }
    const cancel = dial(
      {
        host,
        port,
        attempt: 0,
        timeoutMs: this.timing.handshakeMsMax,
        tls: this.tls?.dialOptions(host),
        secrets: this.secrets,
      },
      () => this.myHello('probe', undefined),
      (dialled) => {
        this.#probes.delete(cancel);
        answerProbe(dialled, `${host}:${port}`, done);
      },
    );
    this.#probes.add(cancel);
  }

  /**
   * Cuts every link and frees the port. `down` comes for every link that was up, before `done`. Probes under
   * way are forgotten.
   */
  close(done: () => void): void {
    this.#closed = true;
    clearInterval(this.#heart);
    for (const cancel of this.#probes) cancel();
    this.#probes.clear();
    process.nextTick(() => {
      for (const link of this.#links.values()) link.retire('this replica closes its links');
      this.#acceptor.close(done);
    });
  }

  // What the acceptor and the links to the peers ask of their owner.

  myHello(purpose: Purpose, receiver: ReplicaId | undefined): Hello {
    const { cluster, replica, bootstrapped, standing, supports } = this.#options.identity();
    const { addresses, secrets } = this.#options;
    const nonce = secrets === undefined ? undefined : drawNonce();
    const own = { cluster, sender: replica, bootstrapped, ...standing, addresses, supports };
    return { purpose, receiver, ...own, nonce };
  }

  greeted(greeting: Greeting, webSocket: WebSocket, socket: Socket, admit: () => void): void {
    if (this.#closed) return discard(webSocket);
    const { hello } = greeting;
    const mine = this.myHello(hello.purpose, hello.sender);
    const mismatch = mismatchOf(mine, hello);
    const refusal = mismatch === undefined ? this.#refusalUnproven(mine, hello) : { reason: mismatch };
    if (refusal !== undefined) return this.#turnAway(hello, refusal, webSocket);
    // Before the other side is told that it has a link: one that ends at once looks like a failure over there.
    if (hello.purpose !== 'probe' && this.#declines(hello)) return discard(webSocket);
    const answer = encodeHello(mine);
    webSocket.send(answer);
    if (mine.nonce !== undefined) this.#prove(greeting, answer, webSocket, socket, admit);
    else if (hello.purpose === 'probe') awaitEnd(webSocket);
    else this.#linkTo(hello.sender).accept(hello, webSocket, socket, [], admit);
  }

  /** Until the other side's proof has come nothing here depends on what it says of itself. */
  #prove(
    { hello, text }: Greeting,
    answer: string,
    webSocket: WebSocket,
    socket: Socket,
    admit: () => void,
  ): void {
    const transcript = { dialler: text, acceptor: answer, channel: channelOf(socket) };
    webSocket.send(encodeProofs(this.secrets, 'acceptor', transcript));
    receiveProofs(webSocket, (outcome) => {
      if (this.#closed) return discard(webSocket);
      if (outcome.kind === 'failed') return discard(webSocket);
      if (outcome.kind === 'refused') {
        this.reportRefusal(
          `replica ${replicaText(hello.sender)}`,
          `it refuses this replica: ${outcome.reason}`,
        );
        return discard(webSocket);
      }
      if (outcome.kind === 'garbled') return this.#turnAway(hello, outcome, webSocket);
      const proven = secretsProven(this.secrets, 'dialler', transcript, outcome.proofs);
      if (proven.length === 0) return this.#turnAway(hello, WRONG_SECRET, webSocket);
      if (hello.purpose === 'probe') return awaitEnd(webSocket);
      // What was so when its hello came may have changed since.
      const mine = this.myHello(hello.purpose, hello.sender);
      const refusal = this.refusalOf(mine, hello) ?? this.#refusalOfMany(hello);
      if (refusal !== undefined) return this.#turnAway(hello, refusal, webSocket);
      this.#linkTo(hello.sender).accept(hello, webSocket, socket, proven, admit);
    });
  }

  #declines(hello: Hello): boolean {
    const link = this.#links.get(hello.sender);
    // A stranger's hello makes no link: it has proven nothing yet.
    return link === undefined ? hello.purpose === 'bulk' : link.declines(hello);
  }

  /**
   * What the sender says of itself counts at once only where nobody has to prove anything; but no hello of this replica
   * gets a proof, or its own peers could be used to make one.
   */
  #refusalUnproven(mine: Hello, hello: Hello): Refusal | undefined {
    const counts = mine.nonce === undefined || hello.sender === mine.sender;
    return (counts ? this.refusalOf(mine, hello) : undefined) ?? this.#refusalOfMany(hello);
  }

  #turnAway(hello: Hello, refusal: Refusal, webSocket: WebSocket): void {
    this.reportRefusal(`replica ${replicaText(hello.sender)}`, refusal.reason);
    refuse(webSocket, refusal);
  }

  refusalOf(mine: Hello, theirs: Hello): Refusal | undefined {
    const reason = refusalOf(mine, theirs);
    if (theirs.purpose === 'probe' || theirs.sender === mine.sender) {
      return reason === undefined ? undefined : { reason };
    }
    // One that was removed may look for replicas that are gone, too, and find others at their addresses.
    const isOfCluster = mine.cluster !== undefined && mine.cluster === theirs.cluster;
    const objection =
      (reason === undefined || isOfCluster) && theirs.start > 0
        ? this.listener.judge?.(theirs.sender, theirs)
        : undefined;
    return objection ?? (reason === undefined ? undefined : { reason });
  }

  turnedAway(peer: string, { reason, ends }: Refusal): void {
    this.reportRefusal(peer, `it refuses this replica: ${reason}`);
    if (ends !== undefined) this.listener.mustEnd?.(ends, reason);
  }

  refused(from: string, reason: string): void {
    this.reportRefusal(from, reason);
  }

  failed(error: Error): void {
    this.observer({
      kind: 'notice',
      name: 'peer-port-failed',
      text: `the peer port reports: ${error.message}`,
    });
  }

  reportRefusal(peer: string, reason: string): void {
    if (!this.#reports.passes(`refused ${peer} ${reason}`, performance.now())) return;
    this.observer({ kind: 'refusedLink', reason: `${peer}: ${reason}` });
  }

  reportUnreachable(peer: string, reason: string): void {
    if (!this.#reports.passes(`unreachable ${peer} ${reason}`, performance.now())) return;
    this.observer({
      kind: 'notice',
      name: 'peer-unreachable',
      text: `${peer} can not be reached: ${reason}`,
    });
  }

  #beat(): void {
    this.#retireLeaving();
    for (const [id, link] of this.#links) {
      if (link.isUnused) this.#links.delete(id);
      else link.beat();
    }
  }

  #retireLeaving(): void {
    const beforeMs = performance.now() - this.timing.farewellMs;
    for (const [id, sinceMs] of this.#leaving) {
      if (sinceMs > beforeMs) continue;
      this.#leaving.delete(id);
      this.#links.get(id)?.retire('no longer a member');
    }
  }

  #refusalOfMany(hello: Hello): Refusal | undefined {
    if (hello.purpose === 'probe' || this.#links.size < PEERS_MAX || this.#links.has(hello.sender)) {
      return undefined;
    }
    return { reason: `this replica has its ${PEERS_MAX} peers already` };
  }

  #linkTo(id: ReplicaId): PeerLink {
    const present = this.#links.get(id);
    if (present !== undefined) return present;
    const link = new PeerLink(id, this.#options.identity().replica, this);
    this.#links.set(id, link);
    return link;
  }
}

/** A probe has its answer, and closes the connection itself; if not, the time limit of strangers does. */
function awaitEnd(webSocket: WebSocket): void {
  webSocket.on('error', () => {
    webSocket.terminate();
  });
}

function answerProbe(dialled: Dialled, where: string, done: Probed): void {
  if (dialled.kind === 'failed') {
    return done(new Error(`nobody answers at ${where}: ${dialled.reason}`), undefined);
  }
  discard(dialled.webSocket);
  const { answer } = dialled;
  if (answer.kind === 'hello') return done(undefined, answer.hello);
  done(new Error(`what listens at ${where} is no peer: ${answer.reason}`), undefined);
}
