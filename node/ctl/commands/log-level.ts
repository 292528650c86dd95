/** `paxosctl log-level`: how much replicas write to their logs, and how much from now on. */
import { InvalidInput } from '../../src/errors.ts';
import { isLevel, LEVELS } from '../../src/journal/level.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure, refused } from '../failure.ts';
import type { Row } from '../output.ts';
import { failureOf, jsonObject, refusalOf } from '../problem.ts';
import { survey } from '../survey.ts';

export const LOG_LEVEL: Command = {
  name: 'log-level',
  operands: [{ name: 'LEVEL', optional: true }],
  summary: 'shows how much every replica, or one, writes to its log; changes it at once',
  notes:
    `LEVEL: ${LEVELS.slice(0, -1).join(', ')} or ${LEVELS.at(-1)}; each writes what those before it do, and more. A replica that starts again has the level of its\n` +
    'options again.',
  options: [{ name: 'replica', value: 'ID', help: 'only this one; its first digits are enough' }],
  async run({ line, operands, connections, output, signal }: Invocation): Promise<ExitCode> {
    const [level] = operands;
    if (level !== undefined && !isLevel(level))
      throw new InvalidInput('LEVEL', level, `must be one of ${LEVELS.join(', ')}`);
    const wanted = line.text('replica');
    const { reached } = await survey(connections, signal);
    const chosen = reached.filter(({ status }) => wanted === undefined || status.id.startsWith(wanted));
    if (chosen.length === 0) {
      throw refused(
        `no replica ${wanted} answers`,
        `one of ${reached.map(({ status }) => status.id).join(', ')}`,
      );
    }
    const change =
      level === undefined ? { method: 'GET' } : { method: 'PUT', body: JSON.stringify({ level }) };
    const rows: Row[] = [];
    let worst: ExitCode = EXIT.ok;
    for (const { endpoint, status } of chosen) {
      try {
        const answer = await connections.ask('admin', endpoint, {
          ...change,
          path: '/v1/log-level',
          signal,
        });
        if (answer.status !== 200) throw failureOf(endpoint, refusalOf(answer.status, answer.body));
        rows.push({ id: status.id, level: jsonObject(answer.body)?.['level'] ?? null, reason: '' });
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        worst = error.exitCode;
        rows.push({ id: status.id, level: null, reason: error.message });
      }
    }
    output.rows(rows, [{ field: 'id' }, { field: 'level' }, { field: 'reason' }]);
    return worst;
  },
};
