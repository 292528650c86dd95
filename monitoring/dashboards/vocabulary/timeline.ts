/** What somebody was, and since when: a bar for each, coloured by its state. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { units } from './unit.ts';
import { type Meaning, meanings } from './level.ts';
import { CHOSEN_SOURCE, descriptionOf, overTime, type Query, type Size, type Told } from './told.ts';

const HEIGHT = 8;

export interface Timeline extends Told {
  readonly query: Query;
  readonly means: readonly Meaning[];
  readonly width: Size['width'];
}

export function timeline({ query, means, width, ...told }: Timeline): PanelBuilder {
  return new PanelBuilder()
    .title(told.title)
    .description(descriptionOf(told))
    .datasource(CHOSEN_SOURCE)
    .withTarget(overTime(query, 0))
    .unit(units.count)
    .mappings(meanings(means))
    .span(width)
    .height(HEIGHT)
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .fillOpacity(80)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    );
}
