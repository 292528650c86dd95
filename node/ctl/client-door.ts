/** The doors for clients, found by way of the admin ports: any replica takes any request. */
import type { Addresses } from '../src/paxos/configuration.ts';
import type { Answer, Connections, Question } from './connections.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { EXIT } from './exit-code.ts';
import { CommandFailure } from './failure.ts';
import { survey } from './survey.ts';

export interface ClientDoor {
  readonly addresses: Addresses;
  readonly http: Endpoint;
}

/** Those of the replicas that answer and are ready, the leader's first: it forwards to nobody. Throws `CommandFailure`. */
export async function clientDoors(connections: Connections): Promise<ClientDoor[]> {
  const found = await survey(connections);
  const doors = found.reached
    .filter(({ status }) => status.role !== 'stranger')
    .toSorted((a, b) => rank(b) - rank(a))
    .map(({ endpoint, status }) => {
      const member = found.members.find((each) => each.id === status.id);
      if (member === undefined) return undefined;
      const { addresses } = member;
      return { addresses, http: endpointOf(endpoint, addresses, addresses.httpPort) };
    })
    .filter((door) => door !== undefined);
  if (doors.length > 0) return doors;
  throw new CommandFailure(
    EXIT.unreachable,
    'no replica that answers is a member of a cluster',
    'paxosctl bootstrap founds one; paxosctl status shows what the replicas say',
  );
}

function rank({ status }: { readonly status: { readonly role: string; readonly ready: boolean } }): number {
  return (status.ready ? 2 : 0) + (status.role === 'leader' ? 1 : 0);
}

/** Asks one of them; a read goes on to the next when one does not answer. Throws `CommandFailure`. */
export async function askClientDoor(
  connections: Connections,
  question: Question,
): Promise<Answer & { endpoint: Endpoint }> {
  const doors = await clientDoors(connections);
  const isRead = (question.method ?? 'GET') === 'GET';
  let failure: unknown;
  for (const { http } of doors) {
    try {
      return { ...(await connections.ask('client', http, question)), endpoint: http };
    } catch (error) {
      failure = error;
      if (!isRead) throw unlessRefused(error);
    }
  }
  throw failure;
}

/** A change whose connection broke may have been carried out. */
function unlessRefused(error: unknown): unknown {
  if (!(error instanceof CommandFailure) || error.message.includes('ECONNREFUSED')) return error;
  return new CommandFailure(
    EXIT.unknown,
    `${error.message}; the change may have been carried out`,
    'read the key before you ask again',
    { cause: error },
  );
}
