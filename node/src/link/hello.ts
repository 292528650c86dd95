/**
 * The handshake: the first frame in each direction of every connection between replicas. It is JSON in a
 * text frame, so that a person with any WebSocket tool can read it, and so that later versions can add
 * fields. Frames after it are binary. `docs/protocol.md` has the fields one by one.
 */
import type { Ballot, ReplicaId, Slot } from '../paxos/ballot.ts';
import type { Addresses } from '../paxos/configuration.ts';
import { decodeAddresses } from '../codec/configuration.ts';
import { InvalidInput } from '../errors.ts';
import { BALLOT_NONE, ballotText, replicaText } from '../paxos/ballot.ts';

export const PROTOCOL = 'paxoskv-peer';
export const VERSION = 1;

/** A hello is about 500 bytes, of which a host name may fill 253 more; the rest is room for later fields. */
export const HELLO_BYTES_MAX = 4_096;
/** Enough for any sentence of ours; what a stranger sends is cut there before it reaches a log line. */
const REASON_CHARACTERS_MAX = 300;

/** How the sender will prove that it belongs to the cluster: `link/proof.ts` has the second way. */
const UNPROVEN = 'none';
const BY_SECRET = 'hmac-sha256';

/** `probe` only asks who is there: it carries no frames after the hello. */
export type Purpose = 'consensus' | 'bulk' | 'probe';

export interface Hello {
  readonly purpose: Purpose;
  /** Hexadecimal; undefined while the sender belongs to no cluster. */
  readonly cluster: string | undefined;
  readonly sender: ReplicaId;
  /** Drawn when the sender's process started: 16 hexadecimal digits. */
  readonly process: string;
  /** Whom the sender wants to speak to; undefined when it does not know, as in a probe. */
  readonly receiver: ReplicaId | undefined;
  readonly bootstrapped: boolean;
  /** What the sender's disk held when its process started: see `Standing`. Start 0: it is of a release that doesn't say. */
  readonly start: number;
  readonly promised: Ballot;
  readonly held: Slot;
  /** Where the sender can be reached. */
  readonly addresses: Addresses;
  /** The newest version of agreement that the sender's program knows: see `paxos/version.ts`. */
  readonly supports: number;
  /** Drawn for this hello: 64 hexadecimal digits; undefined when the sender has no cluster secret. */
  readonly nonce: string | undefined;
}

export function encodeHello(hello: Hello): string {
  return JSON.stringify({
    protocol: PROTOCOL,
    version: VERSION,
    authentication: hello.nonce === undefined ? UNPROVEN : BY_SECRET,
    nonce: hello.nonce ?? null,
    purpose: hello.purpose,
    cluster: hello.cluster ?? null,
    sender: replicaText(hello.sender),
    process: hello.process,
    receiver: hello.receiver === undefined ? null : replicaText(hello.receiver),
    bootstrapped: hello.bootstrapped,
    start: hello.start,
    promised: ballotText(hello.promised),
    held: hello.held,
    supports: hello.supports,
    addresses: hello.addresses,
  });
}

/** Throws a `NodeError` that names field, value and rule when `value` is not a hello of our version. */
export function parseHello(value: unknown): Hello {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidInput('hello', value, 'must be a record');
  }
  const fields = value as Record<string, unknown>;
  only(fields, 'protocol', PROTOCOL);
  only(fields, 'version', VERSION);
  const nonce = parseNonce(fields);
  const bootstrapped = fields['bootstrapped'];
  if (typeof bootstrapped !== 'boolean') {
    throw new InvalidInput('hello.bootstrapped', bootstrapped, 'must be a boolean');
  }
  return {
    purpose: parsePurpose(fields['purpose']),
    cluster:
      fields['cluster'] === null
        ? undefined
        : digits(fields['cluster'], 'cluster', /^[0-9a-f]{32}$/, '32 hexadecimal digits or null'),
    sender: parseReplica(fields['sender'], 'sender'),
    process: digits(fields['process'], 'process', /^[0-9a-f]{16}$/, '16 hexadecimal digits'),
    receiver: fields['receiver'] === null ? undefined : parseReplica(fields['receiver'], 'receiver'),
    bootstrapped,
    ...parseStanding(fields),
    // Version 1 did not say so.
    supports: fields['supports'] === undefined ? 1 : count(fields['supports'], 'supports'),
    addresses: decodeAddresses(fields['addresses']),
    nonce,
  };
}

function parseStanding(fields: Record<string, unknown>): Pick<Hello, 'start' | 'promised' | 'held'> {
  if (fields['start'] === undefined) return { start: 0, promised: BALLOT_NONE, held: 0 };
  return {
    start: count(fields['start'], 'start'),
    promised: parseBallot(fields['promised']),
    held: count(fields['held'], 'held'),
  };
}

/** Why the two can't prove themselves to each other; undefined when they can, or when neither asks for it. */
export function mismatchOf(mine: Hello, theirs: Hello): string | undefined {
  if ((mine.nonce === undefined) === (theirs.nonce === undefined)) return undefined;
  return mine.nonce === undefined
    ? 'you have a cluster secret, this replica has none (--cluster-secret-file)'
    : 'this replica has a cluster secret, you have none (--cluster-secret-file)';
}

/**
 * Why `mine` must not speak with `theirs`, as a sentence addressed to the other side; undefined when it
 * may. A probe carries nothing but the two hellos, so only their form is checked.
 */
export function refusalOf(mine: Hello, theirs: Hello): string | undefined {
  if (theirs.purpose === 'probe') return undefined;
  if (theirs.sender === mine.sender) {
    return `you say that you are replica ${replicaText(theirs.sender)}: this is ${replicaText(mine.sender)} itself`;
  }
  if (mine.cluster !== undefined && theirs.cluster !== undefined && mine.cluster !== theirs.cluster) {
    return `you belong to cluster ${theirs.cluster}, this replica to cluster ${mine.cluster}`;
  }
  if (theirs.receiver === undefined) return `a ${theirs.purpose} link must name its receiver`;
  if (theirs.receiver !== mine.sender) {
    return `you want replica ${replicaText(theirs.receiver)}, this is ${replicaText(mine.sender)}`;
  }
  return undefined;
}

/** Why a connection is not accepted. */
export interface Refusal {
  readonly reason: string;
  /** Set when the other side's process must end, and not merely this connection. */
  readonly ends?: Ends | undefined;
}

export type Ends = 'removed' | 'forgot' | 'superseded';

/** The frame that a side sends before it closes a connection that it does not accept. */
export function encodeRefusal({ reason, ends }: Refusal): string {
  return JSON.stringify({ refused: reason.slice(0, REASON_CHARACTERS_MAX), ends });
}

export type FirstFrame =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | ({ readonly kind: 'refused' } & Refusal);

/** Throws a `NodeError` when the text is neither a hello nor a refusal. */
export function parseFirstFrame(text: string): FirstFrame {
  const value = parseJson(text);
  const refusal = refusalIn(value);
  return refusal === undefined
    ? { kind: 'hello', hello: parseHello(value) }
    : { kind: 'refused', ...refusal };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput('hello', text.slice(0, REASON_CHARACTERS_MAX), 'must be JSON', { cause });
  }
}

/** Undefined when it is none. */
export function refusalIn(value: unknown): Refusal | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { refused, ends } = value as Record<string, unknown>;
  if (typeof refused !== 'string') return undefined;
  const reason = refused.slice(0, REASON_CHARACTERS_MAX);
  return ends === 'removed' || ends === 'forgot' || ends === 'superseded' ? { reason, ends } : { reason };
}

function only(fields: Record<string, unknown>, name: string, expected: string | number): void {
  if (fields[name] === expected) return;
  throw new InvalidInput(`hello.${name}`, fields[name], `must be ${JSON.stringify(expected)}`);
}

/** Two of one kind or of the other: a hello that promises a proof without a nonce, or the other way round, is garbled. */
function parseNonce(fields: Record<string, unknown>): string | undefined {
  const { authentication, nonce } = fields;
  if (authentication === BY_SECRET) return digits(nonce, 'nonce', /^[0-9a-f]{64}$/, '64 hexadecimal digits');
  if (authentication !== UNPROVEN) {
    throw new InvalidInput('hello.authentication', authentication, `must be "${UNPROVEN}" or "${BY_SECRET}"`);
  }
  if (nonce === null || nonce === undefined) return undefined;
  throw new InvalidInput('hello.nonce', nonce, `must be null, the authentication being "${UNPROVEN}"`);
}

function parsePurpose(value: unknown): Purpose {
  if (value === 'consensus' || value === 'bulk' || value === 'probe') return value;
  throw new InvalidInput('hello.purpose', value, 'must be "consensus", "bulk" or "probe"');
}

function parseReplica(value: unknown, name: string): ReplicaId {
  const replica = Number.parseInt(digits(value, name, /^[0-9a-f]{12}$/, '12 hexadecimal digits'), 16);
  if (replica === 0) throw new InvalidInput(`hello.${name}`, value, 'must not be zero');
  return replica;
}

function parseBallot(value: unknown): Ballot {
  const match = typeof value === 'string' ? /^(\d{1,15})\.([0-9a-f]{12})$/.exec(value) : null;
  const round = Number(match?.[1]);
  if (match === null || round >= 2 ** 48) {
    throw new InvalidInput('hello.promised', value, 'must be a round, a dot and 12 hexadecimal digits');
  }
  return { round, replica: Number.parseInt(match[2] ?? '', 16) };
}

function count(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 48) return value;
  throw new InvalidInput(`hello.${name}`, value, 'must be a whole number below 2^48');
}

function digits(value: unknown, name: string, pattern: RegExp, rule: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new InvalidInput(`hello.${name}`, value, `must be ${rule}`);
}
