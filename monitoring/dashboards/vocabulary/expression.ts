/** The few forms that all queries are made of. */
import type { Select } from './selection.ts';

/** Grafana's: never shorter than four scrapes, so that a step always has two samples. */
const STEP = '$__rate_interval';
/**
 * The least step of a panel. Grafana takes four times what the data source calls its scrape interval, 15 s unless somebody has set it,
 * and monitors here scrape each 30 s: with this, one that is missed leaves no gap.
 */
export const LEAST_STEP = '1m';
/** What the time picker shows. */
export const SHOWN = '$__range';

/** How fast a counter grows. */
export function perSecond(counter: string): string {
  return `rate(${counter}[${STEP}])`;
}

/** By how much a counter has grown in one step, or in the time that is named. */
export function growth(counter: string, time = STEP): string {
  return `increase(${counter}[${time}])`;
}

/** How fast a gauge that only rises does. */
export function slope(gauge: string): string {
  return `deriv(${gauge}[${STEP}])`;
}

export function sum(expression: string, labels = ''): string {
  return aggregated('sum', expression, labels);
}

export function max(expression: string, labels = ''): string {
  return aggregated('max', expression, labels);
}

export function min(expression: string, labels = ''): string {
  return aggregated('min', expression, labels);
}

function aggregated(operator: string, expression: string, labels: string): string {
  return labels === '' ? `${operator}(${expression})` : `${operator} by (${labels}) (${expression})`;
}

/** Which value so large a share of what a histogram has counted stays below: of all together, or for each set of labels. */
export function quantile(share: number, select: Select, histogram: string, labels = ''): string {
  const grouped = labels === '' ? 'le' : `${labels}, le`;
  return `histogram_quantile(${share}, ${sum(perSecond(select(`${histogram}_bucket`)), grouped)})`;
}

/** What a histogram has counted in one step, bucket by bucket. */
export function buckets(select: Select, histogram: string): string {
  return sum(growth(select(`${histogram}_bucket`)), 'le');
}

/** The mean of what a histogram has counted. */
export function mean(select: Select, histogram: string, labels = ''): string {
  const part = (name: string): string => sum(perSecond(select(`${histogram}_${name}`)), labels);
  return `${part('sum')} / ${part('count')}`;
}

/** Nothing counted is a number as well: a panel without data looks as if nobody were watching. */
export function orZero(expression: string): string {
  return `${expression} or on() vector(0)`;
}

/** The same where the series bear a label: one that says that there is none. */
export function orNone(expression: string, label: string): string {
  return `${expression} or on() label_replace(vector(0), "${label}", "none", "", "")`;
}
