/**
 * An operation on the admin port that only the leader carries out. A replica that does not lead says who does (status 421), and
 * that one is asked, as long as the operation has surely not been done anywhere.
 */
import type { Connections, Question } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import { EXIT } from './exit-code.ts';
import { CommandFailure } from './failure.ts';
import { failureOf, jsonObject, refusalOf } from './problem.ts';
import { survey } from './survey.ts';

/** Two leaders can each name the other only while one of them is being replaced. */
const REDIRECTIONS_MAX = 5;
const STATUS_MISDIRECTED = 421;

export interface Done {
  /** Who carried it out. */
  readonly endpoint: Endpoint;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks the leader, wherever it is. Throws `CommandFailure`. */
export async function askLeader(connections: Connections, question: Question): Promise<Done> {
  const { leader, reached } = await survey(connections, question.signal);
  const first = leader ?? reached[0];
  if (first === undefined) throw noLeader();
  return await askFollowing(connections, first.endpoint, question);
}

/** Asks this endpoint, and whoever it names as the leader instead. Throws `CommandFailure`. */
export async function askFollowing(
  connections: Connections,
  endpoint: Endpoint,
  question: Question,
): Promise<Done> {
  let asked = endpoint;
  for (let redirections = 0; redirections <= REDIRECTIONS_MAX; redirections += 1) {
    const { status, headers, body } = await askOnce(connections, asked, question);
    if (status >= 200 && status < 300) return { endpoint: asked, body: jsonObject(body) ?? {} };
    const leader = URL.parse(headers.location ?? '');
    if (status !== STATUS_MISDIRECTED || leader === null) throw failureOf(asked, refusalOf(status, body));
    // Over the channel that was asked for: a replica need not know that it speaks TLS when it writes an address.
    asked = `${asked.slice(0, asked.indexOf(':'))}://${leader.host}`;
  }
  throw noLeader();
}

/** An operation that was on its way when the connection broke may have been done. */
async function askOnce(connections: Connections, endpoint: Endpoint, question: Question) {
  try {
    return await connections.ask('admin', endpoint, question);
  } catch (error) {
    const changes = (question.method ?? 'GET') !== 'GET';
    if (!(error instanceof CommandFailure) || !changes || error.message.includes('ECONNREFUSED')) throw error;
    throw new CommandFailure(
      EXIT.unknown,
      `${error.message}; what was asked may have been done`,
      'look at paxosctl status before you ask again',
      { cause: error },
    );
  }
}

function noLeader(): CommandFailure {
  return new CommandFailure(
    EXIT.unreachable,
    'no leader can be found: the replicas name each other, or nobody',
    'wait a second and ask again; paxosctl status shows how the replicas are',
  );
}
