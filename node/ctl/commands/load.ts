/**
 * `paxosctl load`: random reads and writes for some seconds, and a check at the end that every write that was acknowledged is
 * there. Each client writes keys of its own, with values that count up, so that what may be found is known exactly.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidInput } from '../../src/errors.ts';
import { clientDoors } from '../client-door.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Latencies } from '../latencies.ts';
import { type LoadClient, loadClient, type LoadOutcome } from '../load-client.ts';
import { Progress } from '../progress.ts';

/** A cluster without a leader refuses at once: asking again without a pause would only burn the processor. */
const REFUSED_PAUSE_MS = 50;
/** At the end a key is asked for until it is answered, this often. */
const CHECK_ATTEMPTS = 100;

/** One key, which one client writes. */
interface Register {
  readonly key: string;
  /** The last number that was acknowledged, and the last that was sent; 0: none. */
  acknowledged: number;
  sent: number;
}

class Run {
  readonly reads = new Latencies();
  readonly writes = new Latencies();
  readonly errors = new Map<string, number>();
  readonly registers: Register[] = [];
  /** Acknowledged writes that a read did not find, in words. */
  readonly lost: string[] = [];

  count(outcome: LoadOutcome): void {
    if (outcome.kind === 'ok') return;
    const name = `${outcome.kind === 'notDone' ? 'not done' : 'unknown'}: ${outcome.reason}`;
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
  }
}

export const LOAD: Command = {
  name: 'load',
  operands: [],
  summary: 'sends random reads and writes for some seconds, and checks that no acknowledged write is lost',
  notes:
    'Writes keys that begin with paxosctl-load: and deletes them at the end. Ends with 1 when an acknowledged write is not there, with 5 when\n' +
    'that could not be read.',
  options: [
    { name: 'for', value: 'TIME', help: 'how long', fallback: '10s' },
    {
      name: 'clients',
      value: 'N',
      help: 'connections that send one request after the other',
      fallback: '16',
    },
    { name: 'door', value: 'DOOR', help: 'resp or http', fallback: 'resp' },
    { name: 'reads', value: 'PERCENT', help: 'how many of the requests are reads', fallback: '50' },
    { name: 'keys', value: 'N', help: 'keys of each client', fallback: '16' },
    { name: 'value-bytes', value: 'N', help: 'length of a value', fallback: '256' },
    { name: 'keep', help: 'leave the keys there' },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { line, connections, output, signal } = invocation;
    const door = line.text('door');
    if (door !== 'resp' && door !== 'http') throw new InvalidInput('--door', door, 'must be resp or http');
    const doors = await clientDoors(connections);
    const clients = Array.from({ length: line.integer('clients', 1, 1_000) }, (_, index) =>
      loadClient(door, connections, doors[index % doors.length] as (typeof doors)[number]),
    );
    const run = new Run();
    const forMs = line.durationMs('for') ?? 0;
    const startedMs = performance.now();
    const options = {
      run,
      readShare: line.integer('reads', 0, 100) / 100,
      keys: line.integer('keys', 1, 10_000),
      valueBytes: line.integer('value-bytes', 1, 1024 * 1024),
      prefix: `paxosctl-load:${randomBytes(4).toString('hex')}`,
      isOver: () => signal.aborted || performance.now() - startedMs >= forMs,
    };
    const progress = new Progress(output.streams, 'load');
    const drawing = setInterval(() => {
      const passedMs = performance.now() - startedMs;
      progress.show(passedMs / forMs, `${run.reads.count + run.writes.count} requests`);
    }, 200);
    await Promise.all(clients.map((client, index) => drive(client, index, options)));
    clearInterval(drawing);
    progress.end();
    const seconds = (performance.now() - startedMs) / 1_000;
    const unread = await check(clients, run, line.has('keep'));
    for (const client of clients) client.close();
    report(invocation, run, seconds, unread);
    if (run.lost.length > 0) return EXIT.no;
    return unread > 0 ? EXIT.unknown : EXIT.ok;
  },
};

async function drive(
  client: LoadClient,
  index: number,
  options: {
    readonly run: Run;
    readonly readShare: number;
    readonly keys: number;
    readonly valueBytes: number;
    readonly prefix: string;
    isOver(): boolean;
  },
): Promise<void> {
  const { run, readShare, keys, valueBytes, prefix } = options;
  const registers = Array.from({ length: keys }, (_, key) => ({
    key: `${prefix}:${index}:${key}`,
    acknowledged: 0,
    sent: 0,
  }));
  run.registers.push(...registers);
  while (!options.isOver()) {
    const register = registers[randomInt(keys)] as Register;
    const startedMs = performance.now();
    const isRead = Math.random() < readShare;
    const outcome = isRead ? await client.get(register.key) : await write(client, register, valueBytes);
    run.count(outcome);
    if (outcome.kind === 'ok') {
      (isRead ? run.reads : run.writes).add(performance.now() - startedMs);
      if (isRead) judge(run, register, outcome.value);
    } else await pause(REFUSED_PAUSE_MS);
  }
}

async function write(client: LoadClient, register: Register, valueBytes: number): Promise<LoadOutcome> {
  register.sent += 1;
  const number = register.sent;
  const outcome = await client.set(register.key, String(number).padEnd(valueBytes, '.'));
  if (outcome.kind === 'ok') register.acknowledged = number;
  return outcome;
}

/** What one client reads of its own key: the last acknowledged value, or a later one of unknown outcome. */
function judge(run: Run, register: Register, value: string | undefined): void {
  const found = value === undefined ? 0 : Number.parseInt(value, 10);
  if (found >= register.acknowledged && found <= register.sent) return;
  run.lost.push(
    `${register.key}: ${found === 0 ? 'nothing' : `write ${found}`} is there, write ${register.acknowledged} was acknowledged`,
  );
}

/** Reads every key that was written; answers how many could not be read. */
async function check(clients: readonly LoadClient[], run: Run, keep: boolean): Promise<number> {
  let unread = 0;
  const written = run.registers.filter(({ sent }) => sent > 0);
  await Promise.all(
    clients.map(async (client, index) => {
      for (let place = index; place < written.length; place += clients.length) {
        const register = written[place] as Register;
        let outcome = await client.get(register.key);
        for (let attempt = 1; attempt < CHECK_ATTEMPTS && outcome.kind !== 'ok'; attempt += 1) {
          await pause(REFUSED_PAUSE_MS);
          outcome = await client.get(register.key);
        }
        if (outcome.kind === 'ok') judge(run, register, outcome.value);
        else unread += 1;
        if (!keep) run.count(await client.del(register.key));
      }
    }),
  );
  return unread;
}

function report({ output }: Invocation, run: Run, seconds: number, unread: number): void {
  const summary = (latencies: Latencies) => ({
    requests: latencies.count,
    perSecond: Math.round(latencies.count / seconds),
    p50Ms: rounded(latencies.percentileMs(0.5)),
    p90Ms: rounded(latencies.percentileMs(0.9)),
    p99Ms: rounded(latencies.percentileMs(0.99)),
    maxMs: rounded(latencies.maxMs),
  });
  const [reads, writes] = [summary(run.reads), summary(run.writes)];
  const errors = Object.fromEntries(run.errors);
  const checked = run.registers.filter(({ sent }) => sent > 0).length - unread;
  if (output.json) {
    output.value({
      seconds: rounded(seconds),
      reads,
      writes,
      errors,
      checkedKeys: checked,
      unreadKeys: unread,
      lost: run.lost,
    });
    return;
  }
  output.rows(
    [
      { what: 'reads', ...reads },
      { what: 'writes', ...writes },
    ],
    [
      { field: 'what', heading: '' },
      { field: 'requests', align: 'right' },
      { field: 'perSecond', heading: 'PER SECOND', align: 'right' },
      { field: 'p50Ms', heading: 'P50 ms', align: 'right' },
      { field: 'p90Ms', heading: 'P90 ms', align: 'right' },
      { field: 'p99Ms', heading: 'P99 ms', align: 'right' },
      { field: 'maxMs', heading: 'MAX ms', align: 'right' },
    ],
  );
  const errorTexts = [...run.errors].map(([name, count]) => `${name}: ${count}`);
  output.streams.out(`errors: ${errorTexts.length === 0 ? 'none' : errorTexts.join('; ')}\n`);
  const lostText = run.lost.length === 0 ? 'no acknowledged write is lost' : `LOST: ${run.lost.join('; ')}`;
  const unreadText = unread === 0 ? '' : `; ${unread} keys could not be read: unknown`;
  output.streams.out(`${checked} keys read back: ${lostText}${unreadText}\n`);
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
