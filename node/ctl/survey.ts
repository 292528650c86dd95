/**
 * Looks at a whole cluster: asks the endpoints that were given, follows the members that they tell of to their admin
 * ports, and puts the answers together. Who does not answer stands in the result, too.
 */
import type { Connections } from './connections.ts';
import { type Endpoint, endpointOf, isSameEndpoint } from './endpoint.ts';
import { EXIT } from './exit-code.ts';
import { CommandFailure } from './failure.ts';
import { failureOf, jsonObject, refusalOf } from './problem.ts';
import { compareBallotTexts, type MemberStatus, parseStatus, type ReplicaStatus } from './replica-status.ts';

export interface Reached {
  readonly endpoint: Endpoint;
  readonly status: ReplicaStatus;
}

export interface Unreached {
  readonly endpoint: Endpoint;
  /** Undefined for an endpoint that was given and that no member announces. */
  readonly member: MemberStatus | undefined;
  readonly failure: CommandFailure;
  /** Its address answers, as somebody else: the disk with this member's id is not there any more. */
  readonly isLost: boolean;
}

export interface Survey {
  readonly reached: readonly Reached[];
  readonly unreached: readonly Unreached[];
  /** The replica that leads in the highest ballot; one that was deposed and does not know it yet is not it. */
  readonly leader: Reached | undefined;
  /** The members as the one of the reached replicas knows them that is furthest on. */
  readonly members: readonly MemberStatus[];
}

/** Throws `CommandFailure` when nobody answers. */
export async function survey(connections: Connections, signal?: AbortSignal): Promise<Survey> {
  const reached = new Map<string, Reached>();
  const failures = new Map<Endpoint, CommandFailure>();
  const answers = new Map<Endpoint, ReplicaStatus>();
  const asked: Endpoint[] = [];
  let next: readonly Endpoint[] = connections.endpoints;
  while (next.length > 0) {
    asked.push(...next);
    await Promise.all(
      next.map(async (endpoint) => {
        try {
          const status = await statusOf(connections, endpoint, signal);
          answers.set(endpoint, status);
          if (!reached.has(status.id)) reached.set(status.id, { endpoint, status });
        } catch (error) {
          if (!(error instanceof CommandFailure)) throw error;
          failures.set(endpoint, error);
        }
      }),
    );
    next = unaskedMembers([...reached.values()], asked);
  }
  if (reached.size === 0) throw nobodyAnswered(failures);
  return put([...reached.values()], answers, failures);
}

/** Throws `CommandFailure` when the replica does not answer with a status. */
export async function statusOf(
  connections: Connections,
  endpoint: Endpoint,
  signal?: AbortSignal,
): Promise<ReplicaStatus> {
  const answer = await connections.ask('admin', endpoint, {
    path: '/v1/status',
    ...(signal === undefined ? {} : { signal }),
  });
  // The ports for clients and for peers know no such route.
  if ([400, 404, 426].includes(answer.status)) throw noAdminPort(endpoint, `status ${answer.status}`);
  if (answer.status !== 200) throw failureOf(endpoint, refusalOf(answer.status, answer.body));
  const status = parseStatus(jsonObject(answer.body) ?? {});
  if (status !== undefined) return status;
  throw noAdminPort(endpoint, 'something that is no status');
}

function noAdminPort(endpoint: Endpoint, answer: string): CommandFailure {
  return new CommandFailure(
    EXIT.unreachable,
    `${endpoint} is not an admin port of PaxosKV: it answers /v1/status with ${answer}`,
    'name admin ports with --endpoints, 9379 and up by default',
  );
}

function unaskedMembers(reached: readonly Reached[], asked: readonly Endpoint[]): Endpoint[] {
  const known = new Set(reached.map(({ status }) => status.id));
  const endpoints: Endpoint[] = [];
  for (const { endpoint, status } of reached) {
    for (const { id, addresses } of status.members) {
      if (known.has(id)) continue;
      const candidate = endpointOf(endpoint, addresses, addresses.adminPort);
      if (![...asked, ...endpoints].some((other) => isSameEndpoint(other, candidate)))
        endpoints.push(candidate);
    }
  }
  return endpoints;
}

function put(
  reached: readonly Reached[],
  answers: ReadonlyMap<Endpoint, ReplicaStatus>,
  failures: ReadonlyMap<Endpoint, CommandFailure>,
): Survey {
  const newest = reached.reduce((best, each) => (each.status.chosen > best.status.chosen ? each : best));
  const { members } = newest.status;
  const unreached = [...failures].map(([endpoint, failure]) => ({
    endpoint,
    failure,
    isLost: false,
    member: members.find(({ addresses }) =>
      isSameEndpoint(endpointOf(endpoint, addresses, addresses.adminPort), endpoint),
    ),
  }));
  const leaders = reached
    .filter(({ status }) => status.role === 'leader')
    .toSorted((a, b) => compareBallotTexts(b.status.ballot, a.status.ballot));
  return {
    reached,
    // An endpoint that was given by another name than the member's own, which answered, is no replica of its own.
    unreached: [
      ...unreached.filter(
        ({ member }) => member === undefined || !reached.some(({ status }) => status.id === member.id),
      ),
      ...lostMembers(newest, reached, answers),
    ],
    leader: leaders[0],
    members,
  };
}

/** Members whose address is another replica's by now. */
function lostMembers(
  { endpoint: like, status: { members } }: Reached,
  reached: readonly Reached[],
  answers: ReadonlyMap<Endpoint, ReplicaStatus>,
): Unreached[] {
  const lost: Unreached[] = [];
  for (const member of members) {
    if (reached.some(({ status }) => status.id === member.id)) continue;
    const endpoint = endpointOf(like, member.addresses, member.addresses.adminPort);
    const answer = [...answers].find(([each]) => isSameEndpoint(each, endpoint))?.[1];
    if (answer === undefined) continue;
    const { host, peerPort } = member.addresses;
    const failure = new CommandFailure(
      EXIT.unreachable,
      `its address answers as ${answer.role} ${answer.id}, so its disk is lost: replace it by paxosctl member add ${answer.id} ` +
        `${host}:${peerPort}, when that is level member remove ${member.id}, then member promote ${answer.id}`,
    );
    lost.push({ endpoint, member, failure, isLost: true });
  }
  return lost;
}

function nobodyAnswered(failures: ReadonlyMap<Endpoint, CommandFailure>): CommandFailure {
  const all = [...failures.values()];
  const [first] = all;
  if (all.length === 1 && first !== undefined) return first;
  const lines = all.map((failure) => failure.message);
  // One that answered and said no is a better reason than one that is not there.
  const telling = all.find((failure) => failure.exitCode !== EXIT.unreachable) ?? first;
  return new CommandFailure(
    telling?.exitCode ?? EXIT.unreachable,
    `no replica gives its status:\n  ${lines.join('\n  ')}`,
    telling?.hint,
  );
}
