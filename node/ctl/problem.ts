/** What a replica says when it says no: `application/problem+json` (RFC 9457), as a failure of the command. */
import type { Endpoint } from './endpoint.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { CommandFailure } from './failure.ts';

/** An answer that is no success. */
export interface Refusal {
  readonly status: number;
  readonly detail: string;
  readonly members: Readonly<Record<string, unknown>>;
}

export function refusalOf(status: number, body: Buffer): Refusal {
  const members = jsonObject(body) ?? {};
  const detail = members['detail'];
  return {
    status,
    members,
    detail: typeof detail === 'string' ? detail : `it answered with status ${status}`,
  };
}

/** The failure that a refusal is, with what to try. */
export function failureOf(endpoint: Endpoint, refusal: Refusal): CommandFailure {
  const { status, detail, members } = refusal;
  const [exitCode, hint] = verdict(status, members['outcome']);
  const { type } = members;
  const problem = typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : '';
  return new CommandFailure(exitCode, `${endpoint} refused: ${detail}`, HINTS.get(problem) ?? hint, {
    problem,
  });
}

/** What to try, by the name of the problem. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['not-caught-up', 'wait until paxosctl status shows a LAG of 0, then ask again'],
  ['change-under-way', 'wait a second and ask again'],
  ['transfer-under-way', 'wait a second and ask again'],
  [
    'quorum-at-risk',
    'bring the other voters back first, or add a learner and promote it: paxosctl status shows who is missing',
  ],
  [
    'removed-before',
    'end that replica, empty its directory and start it: it draws a new id, which can be added',
  ],
  ['unknown-id', 'paxosctl status shows the ids of the members'],
  ['compacted', 'read what you need, then watch from its revision + 1'],
]);

function verdict(status: number, outcome: unknown): [ExitCode, string | undefined] {
  if (outcome === 'unknown' || status === 504) {
    return [EXIT.unknown, 'read what is there now before you ask again: it may have been done, or still be'];
  }
  switch (status) {
    case 401:
      return [
        EXIT.refused,
        'give the secret with --cluster-secret-file (admin port) or --password-file (keys)',
      ];
    case 404:
      return [EXIT.refused, undefined];
    case 412:
    case 409:
      return [EXIT.refused, undefined];
    case 421:
      return [EXIT.refused, 'ask the leader: paxosctl status shows it'];
    case 500:
    case 502:
      // Something broke on the way, and nobody knows where.
      return [EXIT.unknown, undefined];
    case 501:
      return [EXIT.refused, 'use a replica of the same version as this paxosctl'];
    case 503:
      return [
        EXIT.refused,
        'ask again in a second: nothing was done. paxosctl status shows whether there is a leader',
      ];
    default:
      return [EXIT.refused, undefined];
  }
}

/** Undefined when the bytes are no JSON object. */
export function jsonObject(body: Buffer): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // A proxy's page, or a port that is another program's: the caller says what it wanted instead.
    return undefined;
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
