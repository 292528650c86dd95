/** A row for each thing, a column for each question, and links to where more is told. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { type Levels, type Meaning, meanings, thresholds } from './level.ts';
import { CHOSEN_SOURCE, column, descriptionOf, refId, type Size, type Told } from './told.ts';

/** A label of all queries: those with the same labels make one row. */
export interface KeyColumn {
  readonly label: string;
  readonly title: string;
}

export interface ValueColumn {
  readonly title: string;
  readonly expression: string;
  readonly unit: string;
  readonly levels?: Levels;
  readonly means?: readonly Meaning[];
}

export interface Table extends Told, Size {
  readonly keys: readonly KeyColumn[];
  readonly columns: readonly ValueColumn[];
  /** Where a row leads; `\${__data.fields.Title}` is what stands in the column of that title. */
  readonly link: { readonly title: string; readonly url: string };
}

export function table({ keys, columns, link, width, height, ...told }: Table): PanelBuilder {
  const panel = new PanelBuilder()
    .title(told.title)
    .description(descriptionOf(told))
    .datasource(CHOSEN_SOURCE)
    .targets(columns.map(({ expression }, index) => column(expression, index)))
    .span(width)
    .height(height)
    .filterable(true)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: named(keys, columns) });
  for (const each of columns) panel.overrideByName(each.title, look(each));
  for (const { title } of keys) panel.overrideByName(title, [{ id: 'links', value: [link] }]);
  return panel;
}

/** What Grafana calls the value of a query, once several are merged. */
function valueOf(index: number): string {
  return `Value #${refId(index)}`;
}

function named(keys: readonly KeyColumn[], columns: readonly ValueColumn[]): object {
  const titles = [
    ...keys.map(({ label, title }) => [label, title] as const),
    ...columns.map(({ title }, index) => [valueOf(index), title] as const),
  ];
  return {
    excludeByName: { Time: true },
    renameByName: Object.fromEntries(titles),
    indexByName: Object.fromEntries(titles.map(([name], index) => [name, index])),
  };
}

function look({ unit, levels, means }: ValueColumn): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [{ id: 'unit', value: unit }];
  if (levels !== undefined) properties.push({ id: 'thresholds', value: thresholds(levels).build() });
  if (means !== undefined) properties.push({ id: 'mappings', value: meanings(means) });
  if (levels !== undefined || means !== undefined)
    properties.push({
      id: 'custom.cellOptions',
      value: {
        type: common.TableCellDisplayMode.ColorBackground,
        mode: common.TableCellBackgroundDisplayMode.Basic,
      },
    });
  return properties;
}
