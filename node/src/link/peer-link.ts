/**
 * The two connections to one peer, `consensus` and `bulk`, and the attempts to open them.
 *
 * The replica with the lower id dials. The other one dials too, but only after it has been without a link
 * for a while: a fresh replica knows nobody, so it can't dial whoever brings it its first entries. When both
 * connections come to be, each end keeps the one that the lower id opened, so both keep the same one.
 *
 * The bulk connection lives within the life of the consensus connection, and is dialled by the same end.
 */
import type { Socket } from 'node:net';

import type { WebSocket } from 'ws';

import type { Secret } from '../auth/secret.ts';
import type { Observer } from '../observe/events.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Standing } from '../paxos/peer-memory.ts';
import { replicaText } from '../paxos/ballot.ts';
import type { Tls } from '../tls/tls.ts';
import { Connection } from './connection.ts';
import type { ConnectionOwner } from './connection.ts';
import { dial } from './dial.ts';
import type { Dialled } from './dial.ts';
import type { Ends, Hello, Purpose, Refusal } from './hello.ts';
import type { LinkTiming } from './link-timing.ts';
import type { LinkListener } from './links.ts';
import { Redial } from './redial.ts';
import { discard, refuse } from './web-socket-options.ts';

export interface PeerListener extends LinkListener {
  /** Just before `up`: a replica without a cluster learns here which one it is being taken into. */
  hello?(peer: ReplicaId, cluster: string | undefined, supports: number): void;
  /** Whether a peer with this hello may be spoken with; its own process may have to end. */
  judge?(peer: ReplicaId, standing: Standing): Refusal | undefined;
  /** A peer says that this process must end. */
  mustEnd?(ends: Ends, reason: string): void;
}

export interface PeerTarget {
  readonly host: string;
  readonly peerPort: number;
}

/** What the links to all peers share. */
export interface PeerLinkOwner {
  readonly listener: PeerListener;
  readonly observer: Observer;
  readonly timing: LinkTiming;
  readonly random: () => number;
  /** Undefined: links are not encrypted. */
  readonly tls: Tls | undefined;
  /** Those in force; empty: nothing is proven. */
  readonly secrets: readonly Secret[];
  myHello(purpose: Purpose, receiver: ReplicaId | undefined): Hello;
  /** Why `theirs` can not be accepted; undefined when it can. */
  refusalOf(mine: Hello, theirs: Hello): Refusal | undefined;
  /** A peer has turned this replica away. */
  turnedAway(peer: string, refusal: Refusal): void;
  reportRefusal(peer: string, reason: string): void;
  reportUnreachable(peer: string, reason: string): void;
}

export class PeerLink implements ConnectionOwner {
  readonly id: ReplicaId;
  readonly #self: ReplicaId;
  readonly #owner: PeerLinkOwner;
  readonly #redial: Redial;
  readonly #bulkRedial: Redial;
  #target: PeerTarget | undefined;
  #consensus: Connection | undefined;
  #bulk: Connection | undefined;
  #roundTripMs: number | undefined;

  constructor(id: ReplicaId, self: ReplicaId, owner: PeerLinkOwner) {
    this.id = id;
    this.#self = self;
    this.#owner = owner;
    this.#redial = new Redial((failures) => this.#attempt('consensus', failures), owner.timing, owner.random);
    this.#bulkRedial = new Redial((failures) => this.#attempt('bulk', failures), owner.timing, owner.random);
  }

  /** True when it can be forgotten: nobody to dial, nobody connected. */
  get isUnused(): boolean {
    return this.#target === undefined && this.#consensus === undefined;
  }

  get isUp(): boolean {
    return this.#consensus !== undefined;
  }

  /** The last one measured; undefined while there is no link. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  send(frame: Uint8Array): boolean {
    return this.#consensus !== undefined && this.#consensus.send(frame);
  }

  sendBulk(frame: Uint8Array, sent?: () => void): boolean {
    return this.#bulk !== undefined && this.#bulk.send(frame, sent);
  }

  beat(): void {
    this.#consensus?.beat();
    this.#bulk?.beat();
  }

  /** Where to dial from now on. An open connection stays, whatever address it was opened to. */
  aim(target: PeerTarget): void {
    this.#target = target;
    this.#plan();
  }

  /** Dials no more; what is open stays open. */
  forgo(): void {
    this.#target = undefined;
    this.#redial.stop();
    this.#bulkRedial.stop();
  }

  /** Dials no more, and cuts what is open. */
  retire(reason: string): void {
    this.forgo();
    this.#consensus?.end(reason);
  }

  /** Whether a connection with this hello, which a peer has dialled, would be closed without a word. */
  declines(hello: Hello): boolean {
    return hello.purpose === 'bulk' ? !this.#takesBulk(hello) : this.#keepsInstead(hello, false);
  }

  /** A peer has dialled us, its hello is in order and answered, and it knows these secrets. */
  accept(
    hello: Hello,
    webSocket: WebSocket,
    socket: Socket,
    secrets: readonly Secret[],
    admit: () => void,
  ): void {
    if (this.declines(hello)) {
      discard(webSocket);
      return;
    }
    admit();
    this.#adopt(hello, webSocket, socket, secrets, false);
  }

  /** Cuts the connections whose ends have proven to each other only secrets that are not in force any more. */
  keepOnly(current: readonly Secret[]): void {
    for (const connection of [this.#bulk, this.#consensus]) {
      if (connection !== undefined && !connection.facts.secrets.some((secret) => current.includes(secret))) {
        connection.end('its cluster secret is not in force any more');
      }
    }
  }

  frame(_connection: Connection, bytes: Uint8Array): void {
    this.#owner.listener.frame(this.id, bytes);
  }

  roundTrip(connection: Connection, durationMs: number): void {
    if (connection !== this.#consensus) return;
    this.#roundTripMs = durationMs;
    this.#owner.observer({ kind: 'peerRoundTrip', peer: this.id, durationMs });
  }

  refused(_connection: Connection, refusal: Refusal): void {
    this.#owner.turnedAway(`replica ${replicaText(this.id)}`, refusal);
  }

  ended(connection: Connection, reason: string): void {
    const livedMs = performance.now() - connection.sinceMs;
    if (connection === this.#bulk) {
      this.#bulk = undefined;
      this.#bulkRedial.lost(livedMs);
      if (connection.facts.dialledHere && this.#consensus?.open === true) this.#planBulk();
    }
    if (connection !== this.#consensus) return;
    this.#consensus = undefined;
    this.#roundTripMs = undefined;
    this.#bulkRedial.stop();
    this.#bulk?.end('the consensus connection ended');
    this.#redial.lost(livedMs);
    this.#owner.observer({ kind: 'linkDown', peer: this.id, reason });
    this.#owner.listener.down(this.id);
    this.#plan();
  }

  #plan(): void {
    if (this.#target === undefined || this.#consensus !== undefined) return;
    this.#redial.begin(this.#self < this.id ? 0 : this.#owner.timing.yieldMs);
  }

  #planBulk(): void {
    if (this.#target !== undefined) this.#bulkRedial.begin(0);
  }

  #attempt(purpose: 'consensus' | 'bulk', failures: number): () => void {
    const target = this.#target;
    const redial = purpose === 'bulk' ? this.#bulkRedial : this.#redial;
    if (target === undefined) throw new Error('a peer without an address is never dialled');
    return dial(
      {
        host: target.host,
        port: target.peerPort,
        attempt: failures,
        timeoutMs: this.#owner.timing.handshakeMsMax,
        tls: this.#owner.tls?.dialOptions(target.host),
        secrets: this.#owner.secrets,
      },
      () => this.#owner.myHello(purpose, this.id),
      (dialled) => {
        if (this.#opened(purpose, target, dialled)) return redial.succeeded();
        redial.failed();
        if (purpose === 'consensus') this.#plan();
        else if (this.#consensus?.facts.dialledHere === true) this.#planBulk();
      },
    );
  }

  /** Whether the attempt led to a connection that we use. */
  #opened(purpose: Purpose, target: PeerTarget, dialled: Dialled): boolean {
    const peer = `replica ${replicaText(this.id)} at ${target.host}:${target.peerPort} (${purpose})`;
    if (dialled.kind === 'failed') {
      // Both ends dial when they come up together; one of the two connections then ends without a word.
      if (purpose === 'bulk' || !this.isUp) this.#owner.reportUnreachable(peer, dialled.reason);
      return false;
    }
    const { answer, webSocket, socket } = dialled;
    if (answer.kind === 'refused') {
      // Nothing has been proven by who refuses here: only a peer that has can end this process.
      const { reason } = answer;
      this.#owner.turnedAway(peer, this.#owner.secrets.length > 0 ? { reason } : answer);
      discard(webSocket);
      return false;
    }
    const refusal = answer.kind === 'garbled' ? answer : this.#refusalOf(purpose, answer.hello);
    if (refusal !== undefined) {
      this.#owner.reportRefusal(peer, refusal.reason);
      refuse(webSocket, refusal);
      return false;
    }
    if (answer.kind === 'garbled') return false;
    if (purpose === 'bulk' ? !this.#takesBulk(answer.hello) : this.#keepsInstead(answer.hello, true)) {
      discard(webSocket);
      return false;
    }
    this.#adopt(answer.hello, webSocket, socket, dialled.secrets, true);
    return true;
  }

  #refusalOf(purpose: Purpose, hello: Hello): Refusal | undefined {
    if (hello.sender !== this.id) {
      const [them, called] = [replicaText(hello.sender), replicaText(this.id)];
      return { reason: `you are replica ${them}, replica ${called} was called` };
    }
    if (hello.purpose !== purpose) {
      return { reason: `you answer a ${purpose} hello with a ${hello.purpose} one` };
    }
    return this.#owner.refusalOf(this.#owner.myHello(purpose, this.id), hello);
  }

  #takesBulk(hello: Hello): boolean {
    return this.#consensus?.open === true && this.#consensus.facts.process === hello.process;
  }

  /** True when the connection that we have outlives a new one: see the head of this file. */
  #keepsInstead(hello: Hello, dialledHere: boolean): boolean {
    const present = this.#consensus;
    return (
      present?.open === true &&
      present.facts.dialledByLower &&
      !this.#byLower(dialledHere) &&
      // After a restart over there the present one is dead, even if nothing has told us yet.
      present.facts.process === hello.process
    );
  }

  #byLower(dialledHere: boolean): boolean {
    return dialledHere === this.#self < this.id;
  }

  #adopt(
    hello: Hello,
    webSocket: WebSocket,
    socket: Socket,
    secrets: readonly Secret[],
    dialledHere: boolean,
  ): void {
    const facts = {
      secrets,
      peer: this.id,
      purpose: hello.purpose,
      process: hello.process,
      dialledByLower: this.#byLower(dialledHere),
      dialledHere,
    };
    const present = hello.purpose === 'bulk' ? this.#bulk : this.#consensus;
    present?.end('replaced by a newer connection');
    const connection = new Connection(facts, webSocket, socket, this, this.#owner.timing);
    if (hello.purpose === 'bulk') {
      this.#bulkRedial.postpone();
      this.#bulk = connection;
      return;
    }
    this.#redial.postpone();
    this.#consensus = connection;
    this.#owner.observer({ kind: 'linkUp', peer: this.id });
    this.#owner.listener.hello?.(this.id, hello.cluster, hello.supports);
    this.#owner.listener.up(this.id);
    if (dialledHere) this.#planBulk();
  }
}
