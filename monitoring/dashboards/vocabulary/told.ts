/** What every panel says of itself to somebody who has never seen it, at night. */
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

export interface Told {
  readonly title: string;
  /** What can be seen. */
  readonly shows: string;
  /** What it looks like when all is well. */
  readonly normal: string;
  /** What to do when it does not look like that. */
  readonly otherwise: string;
}

export interface Query {
  readonly expression: string;
  /** Name of each series: a text with `{{label}}` in it. */
  readonly legend: string;
}

/** In columns of the 24 that a screen has, and in rows. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whatever the variable of that name chooses. */
export const CHOSEN_SOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

export function descriptionOf({ shows, normal, otherwise }: Told): string {
  return `${shows}\n\n**Normal:** ${normal}\n\n**Otherwise:** ${otherwise}`;
}

/** Over time: what is shown is where a line went. */
export function overTime({ expression, legend }: Query, index: number): DataqueryBuilder {
  return target(expression, index).legendFormat(legend).range().format(PromQueryFormat.TimeSeries);
}

/** Now: what is shown is true at this moment, and not what was so when it was last heard of. */
export function now({ expression, legend }: Query, index: number): DataqueryBuilder {
  return target(expression, index).legendFormat(legend).instant().format(PromQueryFormat.TimeSeries);
}

/** For a row of a heat map each bucket of a histogram. */
export function overTimeByBucket(expression: string): DataqueryBuilder {
  return target(expression, 0).legendFormat('{{le}}').range().format(PromQueryFormat.Heatmap);
}

/** One column of a table, with a row for each set of labels. */
export function column(expression: string, index: number): DataqueryBuilder {
  return target(expression, index).instant().format(PromQueryFormat.Table);
}

function target(expression: string, index: number): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId(index)).datasource(CHOSEN_SOURCE).expr(expression);
}

/** A, B, …: what tells the queries of a panel apart. */
export function refId(index: number): string {
  return String.fromCodePoint('A'.codePointAt(0)! + index);
}
