/** The files that are made, and what must be in them. `manifests/install.yaml` is one more: Helm makes it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dump } from 'js-yaml';
import { dashboardFiles } from '../monitoring/dashboards/dashboards.ts';
import { customResourceDefinition } from '../operator/src/resource/custom-resource-definition.ts';
import { ALERTS } from '../monitoring/alerts/rules.ts';
import { clusterValues, clusterValuesSchema } from './cluster-chart.ts';
import { definitionTemplate, permissionsTemplate } from './operator-chart.ts';
import { alertsTableIn, rulesFile, runbookWith } from './prometheus-rules.ts';
import { readmeWith, valueRows } from './value-table.ts';

export interface ManifestFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const ROOT = path.join(import.meta.dirname, '..');
/** Wide enough that no sentence is folded. */
const LINE_WIDTH = 10_000;

export function manifestFiles(): ManifestFile[] {
  return [
    { path: 'manifests/crd.yaml', text: yaml(customResourceDefinition()) },
    { path: 'charts/paxoskv-operator/templates/crd.yaml', text: definitionTemplate() },
    { path: 'charts/paxoskv-operator/templates/_permissions.tpl', text: permissionsTemplate() },
    ...dashboardFiles().map(({ name, dashboard }) => ({
      path: `charts/paxoskv-operator/dashboards/${name}`,
      text: `${JSON.stringify(dashboard, null, 2)}\n`,
    })),
    readme('charts/paxoskv-operator', read('charts/paxoskv-operator/values.yaml')),
    { path: 'charts/paxoskv-cluster/values.yaml', text: clusterValues() },
    { path: 'charts/paxoskv-cluster/values.schema.json', text: clusterValuesSchema() },
    readme('charts/paxoskv-cluster', clusterValues()),
    { path: 'manifests/prometheus-rules.yaml', text: rulesFile() },
    { path: 'charts/paxoskv-operator/files/prometheus-rules.yaml', text: rulesFile() },
    { path: 'docs/monitoring.md', text: alertsTableIn(read('docs/monitoring.md')) },
    ...ALERTS.map((alert) => {
      const file = `docs/runbooks/${alert.name}.md`;
      return { path: file, text: runbookWith(read(file), alert) };
    }),
  ];
}

function yaml(object: unknown): string {
  return `# Made by \`npm run manifests\`.\n${dump(object, { lineWidth: LINE_WIDTH, noRefs: true })}`;
}

function readme(chart: string, values: string): ManifestFile {
  const file = `${chart}/README.md`;
  return { path: file, text: readmeWith(read(file), valueRows(values)) };
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}
