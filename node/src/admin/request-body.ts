/** What operators send: JSON records, each field checked by name. */
import { InvalidInput } from '../errors.ts';
import { isLevel, type Level, LEVELS } from '../journal/level.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Addresses, Member } from '../paxos/configuration.ts';
import type { Founding } from '../replica/admin-door.ts';

const ADDRESS_FIELDS = ['host', 'peerPort', 'redisPort', 'clusterPort', 'httpPort', 'adminPort'] as const;
/** The longest name that DNS knows. */
const HOST_CHARACTERS_MAX = 253;
/** A configuration has no room for more. */
const FOUNDERS_MAX = 64;

export interface NewMember {
  readonly id: ReplicaId;
  readonly addresses: Addresses;
}

/** The record in a request's content; an empty one where there is none. Throws `InvalidInput`. */
export function parseRecord(
  body: Uint8Array,
  fieldsKnown: readonly string[],
): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw new InvalidInput('the content', undefined, 'must be JSON', { cause });
  }
  return recordOf(value, 'the content', fieldsKnown);
}

/** `{"id": "0123456789ab", "host": …, "peerPort": …, …}` */
export function parseNewMember(body: Uint8Array): NewMember {
  return memberIn(parseRecord(body, ['id', ...ADDRESS_FIELDS]), '');
}

/** `{"to": "0123456789ab"}`, or nothing: whoever is level. */
export function parseTransfer(body: Uint8Array): ReplicaId | undefined {
  const { to } = parseRecord(body, ['to']);
  return to === undefined || to === null ? undefined : parseReplica(to, 'to');
}

/** `{"level": "debug"}` */
export function parseLogLevel(body: Uint8Array): Level {
  const { level } = parseRecord(body, ['level']);
  if (!isLevel(level)) throw new InvalidInput('level', level, `must be one of ${LEVELS.join(', ')}`);
  return level;
}

/** `{"cluster": "32 digits", "replica": "0123456789ab", "members": [{"id": …, "host": …, …}]}` */
export function parseFounding(body: Uint8Array): Founding {
  const { cluster, replica, members } = parseRecord(body, ['cluster', 'replica', 'members']);
  if (typeof cluster !== 'string' || !/^[0-9a-f]{32}$/.test(cluster)) {
    throw new InvalidInput('cluster', cluster, 'must be 32 hexadecimal digits in lower case');
  }
  return {
    cluster,
    replica: replica === undefined || replica === null ? undefined : parseReplica(replica, 'replica'),
    members: members === undefined ? [] : parseFounders(members),
  };
}

/** As it stands in paths and fields: twelve hexadecimal digits. */
export function parseReplica(value: unknown, field: string): ReplicaId {
  const id = typeof value === 'string' && /^[0-9a-f]{12}$/.test(value) ? Number.parseInt(value, 16) : 0;
  if (id === 0)
    throw new InvalidInput(field, value, 'must be 12 hexadecimal digits in lower case, not all zero');
  return id;
}

function parseFounders(value: unknown): Pick<Member, 'id' | 'addresses'>[] {
  if (!Array.isArray(value) || value.length > FOUNDERS_MAX) {
    throw new InvalidInput('members', value, `must be a list of at most ${FOUNDERS_MAX} records`);
  }
  const members = value.map((each: unknown, index) => {
    const name = `members[${index}]`;
    return memberIn(recordOf(each, name, ['id', ...ADDRESS_FIELDS]), `${name}.`);
  });
  const ids = members.map((member) => member.id);
  if (new Set(ids).size < ids.length) throw new InvalidInput('members', ids, 'must name each replica once');
  return members;
}

function memberIn(fields: Readonly<Record<string, unknown>>, prefix: string): NewMember {
  const { host } = fields;
  if (typeof host !== 'string' || !/^[^\s,/[\]]+$/.test(host) || host.length > HOST_CHARACTERS_MAX) {
    const rule = `must be a host name or an address of at most ${HOST_CHARACTERS_MAX} characters`;
    throw new InvalidInput(`${prefix}host`, host, rule);
  }
  const port = (name: string): number => {
    const value = fields[name];
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
    throw new InvalidInput(`${prefix}${name}`, value, 'must be a whole number from 1 to 65535');
  };
  return {
    id: parseReplica(fields['id'], `${prefix}id`),
    addresses: {
      host,
      peerPort: port('peerPort'),
      redisPort: port('redisPort'),
      clusterPort: port('clusterPort'),
      httpPort: port('httpPort'),
      adminPort: port('adminPort'),
    },
  };
}

function recordOf(
  value: unknown,
  name: string,
  fieldsKnown: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInput(name, value, 'must be a record');
  }
  // A mistyped field must not pass for absent.
  const unknown = Object.keys(value).find((field) => !fieldsKnown.includes(field));
  if (unknown !== undefined) {
    throw new InvalidInput(`a field of ${name}`, unknown, `must be one of ${fieldsKnown.join(', ')}`);
  }
  return value as Record<string, unknown>;
}
