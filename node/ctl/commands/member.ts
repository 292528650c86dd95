/** `paxosctl member add`, `promote`, `remove` and `transfer`: who belongs to the cluster, and who leads it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { OptionSpec } from '../../src/command-line.ts';
import { InvalidInput } from '../../src/errors.ts';
import type { Addresses } from '../../src/paxos/configuration.ts';
import { type Done, askLeader } from '../admin-call.ts';
import type { Command, Invocation, OperandSpec } from '../command.ts';
import { endpointOf } from '../endpoint.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused, unreachable } from '../failure.ts';
import { ADDRESS_HELP, parseMemberAddress } from '../member-address.ts';
import { jsonObject } from '../problem.ts';
import { Progress } from '../progress.ts';
import { survey } from '../survey.ts';

/** A change is answered when it is chosen and rules, which takes as long as an election in the worst case. */
const CHANGE_TIMEOUT_MS_MIN = 15_000;
/** Between two questions whether a learner may be promoted now. */
const RETRY_MS = 250;

const ID: OperandSpec = { name: 'ID' };
const WAIT: OptionSpec = {
  name: 'wait',
  value: 'TIME',
  help: 'how long it may take to catch up',
  fallback: '60s',
};

export const MEMBER_ADD: Command = {
  name: 'member add',
  operands: [ID, { name: 'ADDRESS' }],
  summary: 'takes a fresh replica in as a learner: it gets everything and has no vote',
  notes:
    'ID is what the fresh replica says of itself: in its first line, and in paxosctl status --endpoints of its admin port.\n' +
    `ADDRESS: ${ADDRESS_HELP}.`,
  options: [{ name: 'promote', help: 'give it a vote as soon as it has caught up' }, WAIT],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { operands, line, connections, signal } = invocation;
    const id = parseId(operands[0]);
    const addresses = parseMemberAddress('ADDRESS', operands[1] ?? '');
    await requireIdentity(invocation, id, addresses);
    const done = await askLeader(connections, {
      method: 'POST',
      path: '/v1/members',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ id, ...addresses }),
      timeoutMs: changeTimeoutMs(invocation),
      signal,
    });
    if (!line.has('promote')) return report(invocation, done);
    return report(invocation, await promote(invocation, id));
  },
};

export const MEMBER_PROMOTE: Command = {
  name: 'member promote',
  operands: [ID],
  summary: 'gives a learner a vote; waits until it has caught up',
  options: [WAIT],
  async run(invocation: Invocation): Promise<ExitCode> {
    return report(invocation, await promote(invocation, parseId(invocation.operands[0])));
  },
};

export const MEMBER_REMOVE: Command = {
  name: 'member remove',
  operands: [ID],
  summary: 'removes a member for ever: its id never comes back',
  options: [],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { connections, operands, signal } = invocation;
    const done = await askLeader(connections, {
      method: 'DELETE',
      path: `/v1/members/${parseId(operands[0])}`,
      timeoutMs: changeTimeoutMs(invocation),
      signal,
    });
    return report(invocation, done);
  },
};

export const TRANSFER: Command = {
  name: 'transfer',
  operands: [{ name: 'ID', optional: true }],
  summary: 'hands the lead to the voter ID, or to any that has caught up',
  options: [],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { connections, operands, signal } = invocation;
    const done = await askLeader(connections, {
      method: 'POST',
      path: '/v1/transfer',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(operands[0] === undefined ? {} : { to: parseId(operands[0]) }),
      timeoutMs: changeTimeoutMs(invocation),
      signal,
    });
    return report(invocation, done);
  },
};

function report({ output }: Invocation, { endpoint, body }: Done): ExitCode {
  const { detail } = body;
  output.result({ ...body, endpoint }, typeof detail === 'string' ? detail : 'done');
  return EXIT.ok;
}

export function changeTimeoutMs({ connections }: Invocation): number {
  return Math.max(connections.timeoutMs, CHANGE_TIMEOUT_MS_MIN);
}

/** Asks until the leader finds that the learner has caught up. */
async function promote(invocation: Invocation, id: string): Promise<Done> {
  const { connections, line, output, signal } = invocation;
  const deadline = performance.now() + (line.durationMs('wait') ?? 0);
  const progress = new Progress(output.streams, 'promote');
  try {
    for (;;) {
      try {
        return await askLeader(connections, {
          method: 'POST',
          path: `/v1/members/${id}/promote`,
          timeoutMs: changeTimeoutMs(invocation),
          signal,
        });
      } catch (error) {
        const isEarly = error instanceof CommandFailure && error.problem === 'not-caught-up';
        if (!isEarly || performance.now() > deadline || signal.aborted) throw error;
      }
      progress.show(undefined, await lagText(invocation, id));
      // An aborted pause is the normal end of a command that somebody interrupts.
      await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    progress.end();
  }
}

async function lagText({ connections, signal }: Invocation, id: string): Promise<string> {
  const { leader } = await survey(connections, signal);
  const lag = leader?.status.members.find((member) => member.id === id)?.lagSlots;
  return lag === undefined ? `waits for ${id} to catch up` : `${id} is ${lag} slots behind`;
}

/**
 * A replica that answers at that address must be the one that is meant: an id that nobody has could never be level. The address
 * was typed, and may be anybody's: the cluster secret is not shown there.
 */
async function requireIdentity(
  { connections, output, signal }: Invocation,
  id: string,
  addresses: Addresses,
): Promise<void> {
  const [like = ''] = connections.endpoints;
  const endpoint = endpointOf(like, addresses, addresses.adminPort);
  let found: unknown;
  try {
    const { body } = await connections.ask('admin', endpoint, {
      path: '/livez',
      signal,
      withoutSecret: true,
    });
    found = jsonObject(body)?.['id'];
    if (typeof found !== 'string') throw unreachable(endpoint, 'what answers there is no replica', '');
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    // The replicas must reach it, not we: an operator's machine need not see every network.
    output.note(`${endpoint} can't be asked whether it is ${id}: ${error.message}`);
    return;
  }
  if (found === id) return;
  throw refused(
    `the replica at ${endpoint} is ${found}, not ${id}`,
    `paxosctl member add ${found} …, if that is the one`,
  );
}

/** Throws `InvalidInput` unless it is an id as replicas write it. */
export function parseId(text: string | undefined): string {
  if (text !== undefined && /^[0-9a-f]{12}$/.test(text) && !/^0+$/.test(text)) return text;
  throw new InvalidInput('ID', text, 'must be 12 hexadecimal digits, as paxosctl status shows it');
}
