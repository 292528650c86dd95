/** The tables of `docs/metrics.md`, made from the metrics themselves, so that the page can't go stale. */
import type { Registry } from 'prom-client';

/** What is behind each metric that the type declarations of prom-client leave out. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

/** A Markdown table of those of the registry's metrics that have such a name. */
export function metricsTable(registry: Registry, isWanted: (name: string) => boolean): string {
  const rows = (registry.getMetricsAsArray() as unknown as Described[])
    .filter((metric) => isWanted(metric.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((metric) => {
      const labels = (metric.labelNames ?? []).map((label) => `\`${label}\``).join(', ');
      return `| \`${metric.name}\` | ${metric.type} | ${labels} | ${unitOf(metric.name)} | ${metric.help} |`;
    });
  return ['| name | type | labels | unit | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** Prometheus's convention: the unit is the name's last word, before `_total`. */
function unitOf(name: string): string {
  const words = name.split('_');
  const last = words.at(words.at(-1) === 'total' ? -2 : -1);
  if (last === 'seconds' || last === 'bytes') return last;
  if (last === 'slot' || last === 'slots') return 'slots';
  return '';
}
