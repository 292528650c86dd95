/** What is made of `monitoring/alerts`: the rules for Prometheus, the head of each runbook, and the table of all alerts. */
import { dump } from 'js-yaml';
import type { Alert } from '../monitoring/alerts/alert.ts';
import { ALERTS, ruleGroups } from '../monitoring/alerts/rules.ts';

/** Where made parts stand in a document. */
const RULE = ['<!-- rule: made by `npm run manifests` -->', '<!-- end of rule -->'] as const;
const TABLE = ['<!-- alerts: made by `npm run manifests` -->', '<!-- end of alerts -->'] as const;

/** For a Prometheus that reads files, and, as it is, for the chart. */
export function rulesFile(): string {
  return `# Made by \`npm run manifests\`.\n${dump({ groups: ruleGroups() }, { lineWidth: -1, noRefs: true })}`;
}

/** The runbook with today's rule in it. */
export function runbookWith(page: string, { name, severity, for: time, expr, summary }: Alert): string {
  const meant = severity === 'critical' ? '**critical**: wakes somebody' : '**warning**: office hours';
  const lasts = time === '0m' ? 'fires at once' : `fires after ${time}`;
  const told = summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '*$1*');
  const rule = `> ${told}.\n\n${meant}; ${lasts}. The rule, from [all alerts](../monitoring.md#alerts):\n\n\`\`\`promql\n${expr}\n\`\`\``;
  return within(page, RULE, rule, `docs/runbooks/${name}.md`);
}

/** `docs/monitoring.md` with a line for each alert. */
export function alertsTableIn(page: string): string {
  const rows = ALERTS.map(({ name, severity, for: time, summary }) => {
    const told = summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '*$1*');
    return `| [\`${name}\`](runbooks/${name}.md) | ${severity} | ${time === '0m' ? 'at once' : time} | ${told} |`;
  });
  const table = ['| alert | severity | after | what it says |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
  return within(page, TABLE, table, 'docs/monitoring.md');
}

function within(page: string, [begin, end]: readonly [string, string], text: string, file: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no "${begin}" and "${end}"`);
  return `${before}${begin}\n${text}\n${end}${after}`;
}
