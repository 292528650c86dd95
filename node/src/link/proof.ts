/**
 * How two replicas show each other that they know the cluster's secret without saying it. Each hello brings a fresh
 * nonce. Each end then sends an HMAC over its role, both hellos as they were sent and, under TLS, the channel itself. So a
 * proof is good for one connection, in one direction, between these two ids of this cluster in this version: it
 * can't be replayed, reflected or carried to another connection, and no field of a hello can be changed on its way.
 *
 * The dialling end proves itself after it has seen the other's proof. With two secrets in force an end sends a proof
 * with each, and any one that both ends know is enough: so a secret can be replaced in any order of replicas.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Secret } from '../auth/secret.ts';
import { InvalidInput } from '../errors.ts';
import { PROTOCOL, VERSION } from './hello.ts';

/** As many as a proof has: no nonce ever comes twice, so no proof is good twice. */
const NONCE_BYTES = 32;
/** As many as a side may have secrets. */
const PROOFS_MAX = 2;
const PROOF = /^[0-9a-f]{64}$/;
/** Of RFC 9266's kind, but for this protocol alone. */
const CHANNEL_LABEL = 'EXPORTER-paxoskv-peer';
const CHANNEL_BYTES = 32;

/** What a proof speaks of. */
export interface Transcript {
  /** The dialling end's hello as it was sent. */
  readonly dialler: string;
  /** The answer to it as it was sent. */
  readonly acceptor: string;
  /** What only the two ends of this TLS connection know; empty without TLS. */
  readonly channel: Uint8Array;
}

export type Role = 'dialler' | 'acceptor';

/** Hexadecimal, for a hello. */
export function drawNonce(): string {
  return randomBytes(NONCE_BYTES).toString('hex');
}

/** The frame with one proof for each secret. */
export function encodeProofs(secrets: readonly Secret[], role: Role, transcript: Transcript): string {
  const message = messageOf(role, transcript);
  return JSON.stringify({ proofs: secrets.map((secret) => secret.authenticate(message).toString('hex')) });
}

/** Throws `InvalidInput`, which does not quote the proofs. */
export function parseProofs(value: unknown): Buffer[] {
  const proofs = typeof value === 'object' && value !== null && 'proofs' in value ? value.proofs : undefined;
  if (!Array.isArray(proofs) || proofs.length === 0 || proofs.length > PROOFS_MAX) {
    throw new InvalidInput('proofs', typeof proofs, `must be a list of 1 to ${PROOFS_MAX}`);
  }
  return proofs.map((proof: unknown) => {
    if (typeof proof === 'string' && PROOF.test(proof)) return Buffer.from(proof, 'hex');
    throw new InvalidInput('proofs', typeof proof, 'must be texts of 64 hexadecimal digits');
  });
}

/** Those of our secrets that the side in this role has proven to know. */
export function secretsProven(
  secrets: readonly Secret[],
  role: Role,
  transcript: Transcript,
  proofs: readonly Buffer[],
): Secret[] {
  const message = messageOf(role, transcript);
  return secrets.filter((secret) => {
    const expected = secret.authenticate(message);
    return proofs.filter((proof) => timingSafeEqual(proof, expected)).length > 0;
  });
}

/** What both ends of a TLS connection can derive and nobody between them; empty for a plain one. */
export function channelOf(socket: Socket): Uint8Array {
  return socket instanceof TLSSocket
    ? socket.exportKeyingMaterial(CHANNEL_BYTES, CHANNEL_LABEL, Buffer.alloc(0))
    : new Uint8Array(0);
}

/** Each part with its length before it, so that no two transcripts have the same bytes. */
function messageOf(role: Role, { dialler, acceptor, channel }: Transcript): Buffer {
  const parts = [`${PROTOCOL} ${VERSION} ${role}`, dialler, acceptor, channel].map((part) =>
    Buffer.from(part),
  );
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(part.length);
      return [length, part];
    }),
  );
}
