/** For tests: the links of several replicas in one process, over real sockets on loopback. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

import { WebSocket } from 'ws';

import type { SecretFile } from '../auth/secret-file.ts';
import type { ReplicaEvent } from '../observe/events.ts';
import type { Tls } from '../tls/tls.ts';
import { BALLOT_NONE, type ReplicaId } from '../paxos/ballot.ts';
import type { Standing } from '../paxos/peer-memory.ts';
import { encodeHello } from './hello.ts';
import type { Hello, Refusal } from './hello.ts';
import type { LinkTiming } from './link-timing.ts';
import { WebSocketLinks } from './websocket-links.ts';
import type { Identity, Peer } from './websocket-links.ts';

export const QUICK: LinkTiming = {
  pingIntervalMs: 20,
  // Long enough that a busy machine cuts nobody by accident; the tests of silence take their own.
  silenceMsMax: 5_000,
  handshakeMsMax: 2_000,
  backoffMsMin: 5,
  backoffMsMax: 50,
  // Never, in effect: with two ends that dial, a busy machine may replace a connection, and its frames with it.
  yieldMs: 60_000,
  farewellMs: 50,
};
const ADDRESSES = {
  host: '127.0.0.1',
  peerPort: 7379,
  redisPort: 6379,
  clusterPort: 5379,
  httpPort: 8379,
  adminPort: 9379,
};
const DEADLINE_MS = 20_000;

export interface Replica {
  readonly links: WebSocketLinks;
  readonly port: number;
  readonly peer: Peer;
  /** `up 2`, `down 2`, `hello 2 c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1`, in the order in which they came. */
  readonly story: string[];
  readonly frames: { peer: ReplicaId; bytes: Uint8Array }[];
  readonly events: ReplicaEvent[];
  close(): Promise<void>;
}

interface Given {
  readonly id: ReplicaId;
  readonly cluster?: string | undefined;
  readonly port?: number;
  readonly timing?: LinkTiming;
  readonly process?: string;
  readonly secrets?: SecretFile;
  readonly tls?: Tls;
  readonly judge?: (peer: ReplicaId) => Refusal | undefined;
}

export async function start(context: TestContext, given: Given): Promise<Replica> {
  const story: string[] = [];
  const frames: { peer: ReplicaId; bytes: Uint8Array }[] = [];
  const events: ReplicaEvent[] = [];
  const cluster = 'cluster' in given ? given.cluster : 'c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1';
  const standing: Standing = {
    process:
      given.process ??
      Math.floor(Math.random() * 2 ** 48)
        .toString(16)
        .padStart(16, '0'),
    start: 1,
    promised: BALLOT_NONE,
    held: 0,
  };
  const identity: Identity = {
    cluster,
    replica: given.id,
    bootstrapped: cluster !== undefined,
    standing,
    supports: 1,
  };
  const links = new WebSocketLinks(
    {
      identity: () => identity,
      listenHost: '127.0.0.1',
      listenPort: given.port ?? 0,
      addresses: ADDRESSES,
      observer: (event) => events.push(event),
      random: Math.random,
      timing: given.timing ?? QUICK,
      secrets: given.secrets,
      tls: given.tls,
    },
    {
      hello: (peer, theirs) => story.push(`hello ${peer} ${theirs ?? 'none'}`),
      up: (peer) => story.push(`up ${peer}`),
      down: (peer) => story.push(`down ${peer}`),
      frame: (peer, bytes) => frames.push({ peer, bytes }),
      judge: (peer) => given.judge?.(peer),
      mustEnd: (ends, reason) => story.push(`must end, ${ends}: ${reason}`),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    links.listen((error, chosen) => (error === undefined ? resolve(chosen) : reject(error)));
  });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= new Promise<void>((resolve) => links.close(resolve)));
  context.after(close);
  return {
    links,
    port,
    peer: { id: given.id, host: '127.0.0.1', peerPort: port },
    story,
    frames,
    events,
    close,
  };
}

export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!holds()) {
    assert.ok(performance.now() < deadlineMs, `not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function introduce(...replicas: Replica[]): void {
  for (const replica of replicas) replica.links.setPeers(replicas.map(({ peer }) => peer));
}

export function linked(...replicas: Replica[]): boolean {
  return replicas.every(({ links, peer }) =>
    replicas.every((other) => other.peer.id === peer.id || links.isUp(other.peer.id)),
  );
}

export function refusals(replica: Replica): string {
  return replica.events.map((event) => (event.kind === 'refusedLink' ? event.reason : '')).join('\n');
}

export function count(story: readonly string[], line: string): number {
  return story.filter((told) => told === line).length;
}

/** A raw peer's first frame. */
export function helloOf(sender: ReplicaId, receiver: ReplicaId, fields: Partial<Hello> = {}): string {
  return encodeHello({
    purpose: 'consensus',
    cluster: 'c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1',
    sender,
    process: '00000000000000ff',
    receiver,
    bootstrapped: true,
    start: 1,
    promised: BALLOT_NONE,
    held: 0,
    supports: 1,
    addresses: ADDRESSES,
    nonce: undefined,
    ...fields,
  });
}

export async function rawPeer(port: number, hello: string, autoPong = true): Promise<WebSocket> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/peer`, { autoPong });
  await once(webSocket, 'open');
  webSocket.send(hello);
  return webSocket;
}
