/** `paxosctl log`: what replicas have written down, record by record. */
import type { LogRecord } from '../../src/codec/record.ts';
import { valueSummary } from '../../src/codec/value-checksum.ts';
import { InvalidInput } from '../../src/errors.ts';
import { parseInteger } from '../../src/command-line.ts';
import { ballotText, replicaText } from '../../src/paxos/ballot.ts';
import { recordText } from '../../src/storage/log-printer.ts';
import type { Command, Invocation } from '../command.ts';
import { endpointOf } from '../endpoint.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import { readRecords } from '../offline/log-records.ts';
import { requireDirectory } from '../offline/read-only-files.ts';
import type { Row } from '../output.ts';
import { failureOf, jsonObject, refusalOf } from '../problem.ts';
import { type Reached, survey } from '../survey.ts';

const KINDS = [
  'header',
  'joined',
  'promise',
  'entry',
  'chosen',
  'trimmed',
  'skipped',
  'start',
  'noop',
  'commands',
  'configuration',
];
const SLOT_MAX = 2 ** 48 - 1;

export const LOG: Command = {
  name: 'log',
  operands: [{ name: 'FILE', optional: true }],
  summary:
    "lists the files of the replicas' logs; prints one of them, or a directory's log, record by record",
  notes:
    'Without FILE and --dir: the files of every replica that answers. With FILE: that file of the replica that --replica names.\n' +
    'With --dir the directory itself is read, whether a replica runs in it or not.',
  options: [
    { name: 'replica', value: 'ID', help: 'the replica whose file it is; its first digits are enough' },
    { name: 'dir', value: 'DIR', help: 'read this directory of a replica instead of asking anybody' },
    { name: 'from', value: 'SLOT', help: 'with --dir: only what is about this slot or a later one' },
    { name: 'limit', value: 'N', help: 'with --dir: at most so many records' },
    { name: 'kind', value: 'KIND,...', help: `with --dir: only these: ${KINDS.join(', ')}` },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { line, operands } = invocation;
    const directory = line.text('dir');
    if (directory !== undefined) return printDirectory(invocation, directory);
    for (const name of ['from', 'limit', 'kind']) {
      if (line.has(name)) throw new InvalidInput(`--${name}`, line.text(name), 'needs --dir');
    }
    const [file] = operands;
    return file === undefined ? await listFiles(invocation) : await printFile(invocation, file);
  },
};

function printDirectory({ line, output }: Invocation, directory: string): ExitCode {
  const from = line.has('from') ? line.integer('from', 1, SLOT_MAX) : undefined;
  const limit = line.has('limit') ? parseInteger('--limit', line.text('limit'), 1, SLOT_MAX) : Infinity;
  const kinds = line.text('kind')?.split(',');
  const unknown = kinds?.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new InvalidInput('--kind', unknown, `must be among ${KINDS.join(', ')}`);
  requireDirectory(directory);
  let printed = 0;
  for (const found of readRecords(directory)) {
    if (found.kind === 'damage')
      throw new CommandFailure(EXIT.no, found.text, `paxosctl verify --dir ${directory}`);
    const { record, file, offset } = found;
    if (from !== undefined && !((slotOf(record) ?? 0) >= from)) continue;
    if (kinds !== undefined && !kindsOf(record).some((kind) => kinds.includes(kind))) continue;
    output.row({ file, offset, ...recordRow(record) }, `${file} ${offset} ${recordText(record)}`);
    printed += 1;
    if (printed === limit) break;
  }
  return EXIT.ok;
}

function slotOf(record: LogRecord): number | undefined {
  if (record.kind === 'entry') return record.entry.slot;
  return record.kind === 'chosen' || record.kind === 'trimmed' || record.kind === 'skipped'
    ? record.slot
    : undefined;
}

function kindsOf(record: LogRecord): string[] {
  return record.kind === 'entry' ? ['entry', record.entry.value.kind] : [record.kind];
}

function recordRow(record: LogRecord): Row {
  switch (record.kind) {
    case 'entry': {
      const { slot, ballot, value } = record.entry;
      const { kind, bytes, checksum } = valueSummary(record.entry);
      const configuration = value.kind === 'configuration' ? { configuration: value.configuration } : {};
      return {
        kind: 'entry',
        slot,
        ballot: ballotText(ballot),
        value: kind,
        bytes,
        checksum,
        ...configuration,
      };
    }
    case 'promise':
      return { kind: 'promise', ballot: ballotText(record.ballot) };
    case 'header':
      return { ...record, replica: replicaText(record.replica) };
    default:
      return { ...record };
  }
}

async function listFiles({ connections, output, signal }: Invocation): Promise<ExitCode> {
  const found = await survey(connections, signal);
  const rows: Row[] = [];
  for (const each of found.reached) {
    const { status } = each;
    const answer = await askHttp({ connections, signal }, each, '/log/print');
    const files = (jsonObject(answer)?.['files'] ?? []) as readonly string[];
    const { id, role, ballot, chosen, applied } = status;
    rows.push({ id, role, ballot, chosen, applied, files });
  }
  output.rows(rows, [
    { field: 'id' },
    { field: 'role' },
    { field: 'ballot' },
    { field: 'chosen', align: 'right' },
    { field: 'applied', align: 'right' },
    { field: 'files' },
  ]);
  for (const { endpoint, failure } of found.unreached) output.note(`${endpoint}: ${failure.message}`);
  return EXIT.ok;
}

async function printFile(invocation: Invocation, file: string): Promise<ExitCode> {
  const { line, connections, output, signal } = invocation;
  const wanted = line.text('replica');
  const { reached } = await survey(connections, signal);
  const matching = reached.filter(({ status }) => wanted === undefined || status.id.startsWith(wanted));
  const [only] = matching;
  if (only === undefined || matching.length > 1) {
    const ids = reached.map(({ status }) => status.id).join(', ');
    throw refused(`--replica must name one replica: it is ${wanted ?? 'not given'}`, `one of ${ids}`);
  }
  const text = await askHttp({ connections, signal }, only, `/log/print/${encodeURIComponent(file)}`);
  for (const each of text.toString('utf8').trimEnd().split('\n')) {
    const [, offset, record] = /^(\d+) (.*)$/.exec(each) ?? [];
    output.row({ offset: offset === undefined ? null : Number(offset), record: record ?? each }, each);
  }
  return EXIT.ok;
}

/** Asks a replica's HTTP door. */
async function askHttp(
  { connections, signal }: Pick<Invocation, 'connections' | 'signal'>,
  { endpoint, status }: Reached,
  path: string,
): Promise<Buffer> {
  const member = status.members.find((each) => each.id === status.id);
  if (member === undefined) {
    throw refused(
      `${endpoint} is no member of a cluster, and does not say where its HTTP port is`,
      'read its directory with --dir',
    );
  }
  const http = endpointOf(endpoint, member.addresses, member.addresses.httpPort);
  const answer = await connections.ask('client', http, { path, signal });
  if (answer.status !== 200) throw failureOf(http, refusalOf(answer.status, answer.body));
  return answer.body;
}
