/** A configuration as JSON: it is rare, small, and read by people in dumps. */
import {
  type Addresses,
  type Configuration,
  type Member,
  MEMBERS_MAX,
  REMOVED_MAX,
} from '../paxos/configuration.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { Corruption } from '../errors.ts';

/** Room for a release a week for a century. */
const VERSIONS_MAX = 5_000;

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  return Buffer.from(JSON.stringify(configuration), 'utf8');
}

/** Throws `Corruption` that names the field when the bytes are not a configuration. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (cause) {
    throw new Corruption('a configuration is not JSON', { cause });
  }
  const record = fields(parsed, 'configuration');
  // Version 1 did not say so.
  const version = integer(record['version'] ?? 1, 'version', 1, VERSIONS_MAX);
  const alpha = integer(record['alpha'], 'alpha', 1, 65_536);
  const members = record['members'];
  if (!Array.isArray(members) || members.length === 0 || members.length > MEMBERS_MAX) {
    throw new Corruption(`a configuration's members must be 1 to ${MEMBERS_MAX} records`);
  }
  const decoded = members.map(decodeMember);
  if (new Set(decoded.map((member) => member.id)).size < decoded.length) {
    throw new Corruption('a configuration names a replica twice');
  }
  const removed = decodeRemoved(record['removed']);
  if (decoded.some((member) => removed.includes(member.id))) {
    throw new Corruption('a configuration names a replica as a member and as removed');
  }
  return { version, alpha, members: decoded, removed };
}

function decodeRemoved(value: unknown): ReplicaId[] {
  // Version 1 removed nobody.
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > REMOVED_MAX) {
    throw new Corruption(`a configuration's removed must be at most ${REMOVED_MAX} ids`);
  }
  return value.map((id) => integer(id, 'removed', 1, 2 ** 48 - 1));
}

function decodeMember(value: unknown): Member {
  const record = fields(value, 'member');
  if (typeof record['voter'] !== 'boolean') throw new Corruption("a member's voter must be a boolean");
  return {
    id: integer(record['id'], 'id', 1, 2 ** 48 - 1),
    voter: record['voter'],
    addresses: decodeAddresses(record['addresses']),
  };
}

export function decodeAddresses(value: unknown): Addresses {
  const record = fields(value, 'addresses');
  const host = record['host'];
  if (typeof host !== 'string' || host === '' || host.length > 253) {
    throw new Corruption("a member's host must be a string of 1 to 253 characters");
  }
  const port = (name: string) => integer(record[name], name, 1, 65_535);
  return {
    host,
    peerPort: port('peerPort'),
    redisPort: port('redisPort'),
    clusterPort: port('clusterPort'),
    httpPort: port('httpPort'),
    adminPort: port('adminPort'),
  };
}

function fields(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Corruption(`a ${name} must be a record`);
  return value as Record<string, unknown>;
}

function integer(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new Corruption(`${name} must be an integer from ${min} to ${max}: it is ${JSON.stringify(value)}`);
  }
  return value;
}
