/** The queries of a dashboard's file, with its variables filled in as Grafana would. */
import { SCRAPE_INTERVAL_SECONDS } from './prometheus.ts';

export interface DashboardVariable {
  readonly name: string;
  readonly type: 'datasource' | 'query';
  readonly definition?: string;
  readonly allValue?: string;
}

export interface DashboardTarget {
  readonly expr: string;
  readonly instant?: boolean;
  readonly legendFormat?: string;
}

export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly DashboardTarget[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: object } };
}

export interface DashboardDocument {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly DashboardVariable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

export interface PanelQuery {
  readonly panel: string;
  readonly expression: string;
  /** Asked for the present moment alone. */
  readonly isInstant: boolean;
}

/** By variable: the chosen values; undefined: All. */
export type Choices = Readonly<Record<string, readonly string[] | undefined>>;

export function queriesOf({ panels }: DashboardDocument): PanelQuery[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, instant = false }) => ({ panel: title, expression: expr, isInstant: instant })),
  );
}

/** Of one of the panels: its first query. */
export function queryOf(dashboard: DashboardDocument, title: string): PanelQuery {
  const found = queriesOf(dashboard).find(({ panel }) => panel === title);
  if (found === undefined) throw new Error(`${dashboard.title} has no panel "${title}"`);
  return found;
}

/** `label_values(selector, label)`. */
export function labelValuesOf(definition: string): { readonly selector: string; readonly label: string } {
  const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
  if (label === '') throw new Error(`not what lists values: ${definition}`);
  return { selector, label };
}

/** Grafana takes the larger of four scrapes and a step and a scrape. */
const BUILT_IN: Readonly<Record<string, string>> = {
  __rate_interval: `${4 * SCRAPE_INTERVAL_SECONDS}s`,
  __range: '1m',
};

/** `listed` has all values of each variable, for one whose "All" is no more than those. */
export function filledIn(
  expression: string,
  { templating }: DashboardDocument,
  choices: Choices,
  listed: Readonly<Record<string, readonly string[]>>,
): string {
  return expression.replaceAll(/\$(\w*[A-Za-z]\w*)/g, (_, name: string) => {
    const variable = templating.list.find((each) => each.name === name);
    const value = BUILT_IN[name] ?? (variable && valueOf(variable, choices[name], listed[name] ?? []));
    if (value === undefined) throw new Error(`nobody knows the variable ${name}: ${expression}`);
    return value;
  });
}

function valueOf(
  { allValue }: DashboardVariable,
  chosen: readonly string[] | undefined,
  all: readonly string[],
): string {
  if (chosen === undefined && allValue !== undefined) return allValue;
  const values = (chosen ?? all).map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\\$&`));
  return values.length === 1 ? (values[0] ?? '') : `(${values.join('|')})`;
}
