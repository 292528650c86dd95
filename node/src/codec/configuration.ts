/** A configuration as JSON: it is rare, small, and read by people in dumps. */
import type { Addresses, Configuration, Member } from '../paxos/configuration.ts';
import { Corruption } from '../errors.ts';

/** A configuration travels in one entry and stands in every status: more replicas would only make each write wait longer. */
const MEMBERS_MAX = 64;

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
  const alpha = integer(record['alpha'], 'alpha', 1, 65_536);
  const members = record['members'];
  if (!Array.isArray(members) || members.length === 0 || members.length > MEMBERS_MAX) {
    throw new Corruption(`a configuration's members must be 1 to ${MEMBERS_MAX} records`);
  }
  const decoded = members.map(decodeMember);
  if (new Set(decoded.map((member) => member.id)).size < decoded.length) {
    throw new Corruption('a configuration names a replica twice');
  }
  return { alpha, members: decoded };
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
