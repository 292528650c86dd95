/** Lines over time. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { LEAST_STEP } from './expression.ts';
import { type Levels, thresholds } from './level.ts';
import { CHOSEN_SOURCE, descriptionOf, overTime, type Query, type Size, type Told } from './told.ts';

const HEIGHT = 8;

export interface Graph extends Told {
  readonly queries: readonly Query[];
  readonly unit: string;
  /** Drawn as lines that must not be crossed. */
  readonly levels?: Levels;
  readonly width: Size['width'];
  /** Bars for what happens now and then, areas on one another for parts of a whole; lines by default. */
  readonly form?: 'lines' | 'bars' | 'parts';
}

export function graph({ title, queries, unit, levels, width, form = 'lines', ...told }: Graph): PanelBuilder {
  const panel = new PanelBuilder()
    .interval(LEAST_STEP)
    .title(title)
    .description(descriptionOf({ title, ...told }))
    .datasource(CHOSEN_SOURCE)
    .targets(queries.map(overTime))
    .unit(unit)
    // What is drawn are amounts; a change looks as large as it is.
    .min(0)
    .span(width)
    .height(HEIGHT)
    .lineWidth(1)
    .fillOpacity(form === 'lines' ? 5 : 60)
    .drawStyle(form === 'bars' ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .showPoints(common.VisibilityMode.Never)
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method, of no array
        .sort(common.SortOrder.Descending),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    );
  if (form === 'parts') panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (levels !== undefined)
    panel
      .thresholds(thresholds(levels))
      .thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      );
  return panel;
}
