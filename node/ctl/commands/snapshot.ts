/** `paxosctl snapshot`: has replicas write their state down now, so that the log can go that it stands for. */
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import type { Row } from '../output.ts';
import { failureOf, jsonObject, refusalOf } from '../problem.ts';
import { survey } from '../survey.ts';

/** A gigabyte takes some seconds, and much longer on a busy machine. */
const SNAPSHOT_TIMEOUT_MS = 600_000;

export const SNAPSHOT: Command = {
  name: 'snapshot',
  operands: [],
  summary: 'has every replica, or one, take a snapshot now',
  options: [{ name: 'replica', value: 'ID', help: 'only this one; its first digits are enough' }],
  async run({ line, connections, output, signal }: Invocation): Promise<ExitCode> {
    const wanted = line.text('replica');
    const found = await survey(connections, signal);
    const chosen = found.reached.filter(({ status }) => wanted === undefined || status.id.startsWith(wanted));
    if (chosen.length === 0) {
      throw refused(
        `no replica ${wanted} answers`,
        `one of ${found.reached.map(({ status }) => status.id).join(', ')}`,
      );
    }
    const rows: Row[] = [];
    let worst: ExitCode = EXIT.ok;
    for (const { endpoint, status } of chosen) {
      try {
        const question = { method: 'POST', path: '/v1/snapshot', timeoutMs: SNAPSHOT_TIMEOUT_MS, signal };
        const answer = await connections.ask('admin', endpoint, question);
        if (answer.status !== 200) throw failureOf(endpoint, refusalOf(answer.status, answer.body));
        rows.push({
          id: status.id,
          slot: jsonObject(answer.body)?.['slot'] ?? null,
          state: 'taken',
          reason: '',
        });
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        worst = error.exitCode;
        rows.push({ id: status.id, slot: null, state: 'failed', reason: error.message });
      }
    }
    output.rows(rows, [
      { field: 'id' },
      { field: 'slot', align: 'right' },
      { field: 'state' },
      { field: 'reason' },
    ]);
    return worst;
  },
};
