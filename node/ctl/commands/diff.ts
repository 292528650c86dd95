/** `paxosctl diff`: the logs of replicas, slot by slot. A slot that is chosen holds one value everywhere, for ever. */
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { ReadOnlyFiles, requireDirectory } from '../offline/read-only-files.ts';
import { ReplicaDirectory } from '../offline/replica-directory.ts';
import type { Row } from '../output.ts';
import { Progress } from '../progress.ts';
import {
  directorySource,
  runningSource,
  SlotCursor,
  type SlotSource,
  type SlotValue,
} from '../slot-source.ts';
import { survey } from '../survey.ts';

const SLOT_MAX = 2 ** 48 - 1;

interface Tally {
  compared: number;
  different: number;
  /** Of the slots that are to be printed. */
  readonly rows: Row[];
}

export const DIFF: Command = {
  name: 'diff',
  operands: [],
  summary: 'compares the logs of replicas, or of directories, slot by slot',
  notes:
    'Only slots that both sides know as chosen are compared: above, replicas may differ for a while. Two may hold the same value under\n' +
    'different ballots; that is no difference. Prints the slots that differ, ends with 1 if there are any, and with 5 if not all could be asked.',
  options: [
    {
      name: 'dir',
      value: 'DIR',
      help: 'the directory of a replica instead of a running one; repeat it',
      repeatable: true,
    },
    { name: 'from', value: 'SLOT', help: 'begin here (default: the lowest slot that two of them hold)' },
    { name: 'limit', value: 'N', help: 'look at so many slots at most' },
    { name: 'all', help: 'print the slots that are the same, too' },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const directories = invocation.line.texts('dir');
    const { sources, isComplete } =
      directories.length > 0 ? await directorySources(directories) : await runningSources(invocation);
    if (sources.length < 2) {
      throw new CommandFailure(
        directories.length > 0 ? EXIT.usage : EXIT.unknown,
        `there is nothing to compare: ${sources.length === 1 ? 'only one log is there' : 'no log is there'}`,
        'name two directories with --dir, or look at paxosctl status',
      );
    }
    const { compared, different, rows } = await compare(invocation, sources);
    tell(invocation, sources, { compared, different, rows });
    if (different > 0) return EXIT.no;
    return isComplete ? EXIT.ok : EXIT.unknown;
  },
};

async function directorySources(names: readonly string[]) {
  const sources: SlotSource[] = [];
  for (const name of names) {
    requireDirectory(name);
    sources.push(directorySource(await ReplicaDirectory.open(name, new ReadOnlyFiles(name))));
  }
  return { sources, isComplete: true };
}

async function runningSources({ connections, output, signal }: Invocation) {
  const found = await survey(connections, signal);
  const sources: SlotSource[] = [];
  let isComplete = found.unreached.length === 0;
  for (const { endpoint, failure } of found.unreached)
    output.note(`unknown: ${endpoint}: ${failure.message}`);
  for (const { endpoint, status } of found.reached) {
    try {
      sources.push(await runningSource(connections, endpoint, status.id, signal));
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      isComplete = false;
      output.note(`unknown: ${error.message}`);
    }
  }
  return { sources, isComplete };
}

async function compare({ line, output, signal }: Invocation, sources: readonly SlotSource[]): Promise<Tally> {
  const [, secondLowest = 1] = sources.map(({ firstSlot }) => firstSlot).toSorted((a, b) => a - b);
  const [, secondHighest = 0] = sources.map(({ chosen }) => chosen).toSorted((a, b) => b - a);
  const from = line.has('from') ? line.integer('from', 1, SLOT_MAX) : Math.max(1, secondLowest);
  const limit = line.has('limit') ? line.integer('limit', 1, SLOT_MAX) : SLOT_MAX;
  const through = Math.min(secondHighest, from + limit - 1);
  const cursors = sources.map((source) => new SlotCursor(source, through));
  const progress = new Progress(output.streams, 'diff');
  const tally: Tally = { compared: 0, different: 0, rows: [] };
  for (let slot = from; slot <= through && !signal.aborted; slot += 1) {
    const values: (SlotValue | undefined)[] = [];
    for (const cursor of cursors) values.push(await cursor.at(slot));
    const held = values.filter((value) => value !== undefined);
    if (held.length < 2) continue;
    tally.compared += 1;
    const isSame =
      new Set(held.map(({ kind, bytes, checksum }) => `${kind} ${bytes} ${checksum}`)).size === 1;
    if (!isSame) tally.different += 1;
    if (!isSame || line.has('all')) tally.rows.push(rowOf(slot, isSame, sources, values));
    progress.show((slot - from + 1) / (through - from + 1), `slot ${slot}`);
  }
  progress.end();
  return tally;
}

function tell({ output }: Invocation, sources: readonly SlotSource[], tally: Tally): void {
  const { compared, different, rows } = tally;
  if (output.json) {
    const logs = sources.map(({ name, firstSlot, chosen }) => ({ name, firstSlot, chosen }));
    output.value({ compared, different, logs, slots: rows });
    return;
  }
  if (rows.length > 0) {
    output.rows(rows, [
      { field: 'slot', align: 'right' },
      { field: 'state' },
      ...sources.map(({ name }) => ({ field: name, heading: name })),
    ]);
  }
  output.note(`${compared} slots compared, ${different} differ: ${rangesText(sources)}.`);
}

function rowOf(
  slot: number,
  isSame: boolean,
  sources: readonly SlotSource[],
  values: readonly (SlotValue | undefined)[],
): Row {
  const cells = sources.map(({ name }, index) => {
    const value = values[index];
    return [
      name,
      value === undefined ? null : `${value.kind} ${value.bytes} bytes ${value.checksum} in ${value.ballot}`,
    ];
  });
  return { slot, state: isSame ? 'same' : 'different', ...(Object.fromEntries(cells) as Row) };
}

function rangesText(sources: readonly SlotSource[]): string {
  return sources.map(({ name, firstSlot, chosen }) => `${name} holds ${firstSlot} to ${chosen}`).join(', ');
}
