/** How a histogram's counts were spread over time: a second hump shows here, and in no quantile. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  HeatmapTooltipBuilder,
  PanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { LEAST_STEP } from './expression.ts';
import { CHOSEN_SOURCE, descriptionOf, overTimeByBucket, type Size, type Told } from './told.ts';

const HEIGHT = 8;

export interface HeatMap extends Told {
  /** Counts by `le`. */
  readonly expression: string;
  /** Of the buckets' bounds. */
  readonly unit: string;
  readonly width: Size['width'];
}

export function heatMap({ expression, unit, width, ...told }: HeatMap): PanelBuilder {
  return (
    new PanelBuilder()
      .interval(LEAST_STEP)
      .title(told.title)
      .description(descriptionOf(told))
      .datasource(CHOSEN_SOURCE)
      .withTarget(overTimeByBucket(expression))
      .unit(unit)
      .span(width)
      .height(HEIGHT)
      // Prometheus has counted already.
      .calculate(false)
      .yAxis(new YAxisConfigBuilder().unit(unit).axisPlacement(common.AxisPlacement.Left))
      .color(
        new HeatmapColorOptionsBuilder()
          .mode(HeatmapColorMode.Scheme)
          .scheme('Oranges')
          // Few slow ones among many fast ones must be seen.
          .scale(HeatmapColorScale.Exponential)
          .exponent(0.5)
          .steps(64),
      )
      .tooltip(new HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).yHistogram(true))
      .showLegend()
  );
}
