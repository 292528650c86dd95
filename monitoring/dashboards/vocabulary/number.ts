/** One number, large and in colour: what is so now. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { LEAST_STEP } from './expression.ts';
import { type Levels, type Meaning, meanings, NO_LEVELS, thresholds } from './level.ts';
import { CHOSEN_SOURCE, descriptionOf, now, type Query, type Size, type Told } from './told.ts';

const HEIGHT = 5;

export interface BigNumber extends Told {
  readonly query: Query;
  readonly unit: string;
  readonly levels?: Levels;
  /** Words instead of numbers. */
  readonly means?: readonly Meaning[];
  readonly width: Size['width'];
  /** The names of the series instead of their numbers. */
  readonly showsNames?: boolean;
  /** What stands there when there is no series. */
  readonly whenNone?: string;
}

export function bigNumber(options: BigNumber): PanelBuilder {
  const { title, query, unit, levels = NO_LEVELS, means, width, showsNames = false, whenNone } = options;
  const panel = new PanelBuilder()
    .interval(LEAST_STEP)
    .title(title)
    .description(descriptionOf(options))
    .datasource(CHOSEN_SOURCE)
    .withTarget(now(query, 0))
    .unit(unit)
    .thresholds(thresholds(levels))
    .span(width)
    .height(HEIGHT)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Background)
    .textMode(showsNames ? common.BigValueTextMode.Name : common.BigValueTextMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false));
  if (means !== undefined) panel.mappings(meanings(means));
  if (whenNone !== undefined) panel.noValue(whenNone);
  return panel;
}
