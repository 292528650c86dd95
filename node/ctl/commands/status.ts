/** `paxosctl status`: how every replica is that can be reached, and which can't. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import type { Column, Row } from '../output.ts';
import { type Reached, type Survey, survey, type Unreached } from '../survey.ts';

/** How often `--watch` looks again. */
const WATCH_INTERVAL_MS = 1_000;
/** The top left corner, and everything below away. */
const CLEAR_SCREEN = '\u001b[H\u001b[J';

/** Who lost its disk knows nothing of its cluster. */
const NO_CLUSTER =
  'There is no cluster, as far as these can tell. If there was one, ask others, too: --endpoints.';

const COLUMNS: readonly Column[] = [
  { field: 'id' },
  { field: 'role' },
  { field: 'leader' },
  { field: 'ballot' },
  { field: 'chosen', align: 'right' },
  { field: 'applied', align: 'right' },
  { field: 'lagSlots', heading: 'LAG', align: 'right' },
  { field: 'ready' },
  { field: 'release' },
  { field: 'version', align: 'right' },
  { field: 'endpoint' },
  { field: 'reasons' },
];

export const STATUS: Command = {
  name: 'status',
  operands: [],
  summary: 'shows every replica: who leads, how far each is, who is ready and why not',
  notes:
    'Asks the endpoints and follows their members to all others. Ends with 0 when a replica leads, 1 when none does.\n' +
    'LAG: slots behind the leader. A role of its own: "deposed" has not noticed yet that another one leads; "learner" has no vote;\n' +
    '"lost": its address answers as another replica, whose disk is a new one.\n' +
    'RELEASE: of the program. VERSION: what the cluster has agreed on being able to do; it rises when every member can.',
  options: [{ name: 'watch', help: 'look again every second, until Ctrl-C' }],
  async run(invocation: Invocation): Promise<ExitCode> {
    if (!invocation.line.has('watch')) return await showOnce(invocation, '');
    const { signal, output } = invocation;
    while (!signal.aborted) {
      try {
        await showOnce(invocation, output.streams.outIsTerminal ? CLEAR_SCREEN : '');
      } catch (error) {
        // Whoever watches wants to see it come back.
        if (!(error instanceof CommandFailure) || signal.aborted) break;
        output.streams.error(`${error.message}\n`);
      }
      // An aborted pause is the normal end, and the loop's condition sees it.
      await pause(WATCH_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
    return EXIT.ok;
  },
};

async function showOnce({ connections, output, signal }: Invocation, before: string): Promise<ExitCode> {
  const found = await survey(connections, signal);
  if (before !== '' && !output.json) output.streams.out(before);
  output.rows(rowsOf(found), COLUMNS);
  output.note(votersText(found));
  if (found.leader !== undefined) return EXIT.ok;
  output.note('No replica leads, as far as these can tell.');
  return EXIT.no;
}

function votersText({ members, reached }: Survey): string {
  const voters = members.filter(({ voter }) => voter);
  const present = voters.filter(({ id }) => reached.some(({ status }) => status.id === id));
  if (voters.length === 0) return NO_CLUSTER;
  const needed = Math.floor(voters.length / 2) + 1;
  return `Voters: ${present.length} of ${voters.length} answer, ${needed} must.`;
}

export function rowsOf(found: Survey): Row[] {
  const rows = [
    ...found.reached.map((each) => reachedRow(found, each)),
    ...found.unreached.map((each) => unreachedRow(found, each)),
  ];
  return rows.toSorted((a, b) => (String(a['endpoint']) < String(b['endpoint']) ? -1 : 1));
}

function reachedRow(found: Survey, { endpoint, status }: Reached): Row {
  const { id, leader, ballot, chosen, applied, revision, keys, digest, ready, release, version, uptimeMs } =
    status;
  return {
    id,
    role: roleOf(found, status.id, status.role),
    leader: leader ?? null,
    ballot,
    chosen,
    applied,
    lagSlots: lagOf(found, id) ?? null,
    ready,
    reasons: status.unreadyReasons,
    release: release ?? null,
    version: version ?? null,
    endpoint,
    cluster: status.cluster ?? null,
    voter: found.members.find((member) => member.id === id)?.voter ?? false,
    revision,
    keys,
    digest,
    uptimeMs,
  };
}

function unreachedRow(found: Survey, { endpoint, member, failure, isLost }: Unreached): Row {
  return {
    id: member?.id ?? null,
    role: isLost ? 'lost' : 'unreachable',
    leader: null,
    ballot: null,
    chosen: null,
    applied: null,
    lagSlots: (member === undefined ? undefined : lagOf(found, member.id)) ?? null,
    ready: null,
    reasons: [failure.message.split('\n')[0]],
    release: null,
    version: null,
    endpoint,
    cluster: null,
    voter: member?.voter ?? null,
  };
}

/** One leader at most, and in the words of the table. */
function roleOf(found: Survey, id: string, role: string): string {
  if (role === 'leader') return found.leader?.status.id === id ? 'leader' : 'deposed';
  const member = found.members.find((each) => each.id === id);
  return member?.voter === false ? 'learner' : role;
}

/** As the leader counts it. */
function lagOf({ leader }: Survey, id: string): number | undefined {
  return leader?.status.members.find((member) => member.id === id)?.lagSlots;
}
