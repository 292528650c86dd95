/**
 * The handshake: the first frame in each direction of every connection between replicas. It is JSON in a
 * text frame, so that a person with any WebSocket tool can read it, and so that later versions can add
 * fields. Frames after it are binary. `docs/protocol.md` has the fields one by one.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Addresses } from '../paxos/configuration.ts';
import { decodeAddresses } from '../codec/configuration.ts';
import { InvalidInput } from '../errors.ts';
import { replicaText } from '../paxos/ballot.ts';

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
  /** Where the sender can be reached. */
  readonly addresses: Addresses;
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
    addresses: decodeAddresses(fields['addresses']),
    nonce,
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

/** The frame that a side sends before it closes a connection that it does not accept. */
export function encodeRefusal(reason: string): string {
  return JSON.stringify({ refused: reason.slice(0, REASON_CHARACTERS_MAX) });
}

export type FirstFrame =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'refused'; readonly reason: string };

/** Throws a `NodeError` when the text is neither a hello nor a refusal. */
export function parseFirstFrame(text: string): FirstFrame {
  const value = parseJson(text);
  const reason = reasonIn(value);
  return reason === undefined ? { kind: 'hello', hello: parseHello(value) } : { kind: 'refused', reason };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput('hello', text.slice(0, REASON_CHARACTERS_MAX), 'must be JSON', { cause });
  }
}

/** The reason of a refusal; undefined when it is none. */
export function reasonIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const reason = (value as Record<string, unknown>)['refused'];
  return typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS_MAX) : undefined;
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

function digits(value: unknown, name: string, pattern: RegExp, rule: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new InvalidInput(`hello.${name}`, value, `must be ${rule}`);
}
