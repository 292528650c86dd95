/** A dashboard: variables on top, then groups of panels, each under a heading. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Variable } from './variable.ts';

export interface Group {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

export interface Board {
  /** Part of its address in Grafana: never changed. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly groups: readonly Group[];
  readonly annotations?: readonly AnnotationQueryBuilder[];
}

/** By which the boards find each other. */
const TAG = 'paxoskv';
/** Long enough to see what led to it. */
const TIME = { from: 'now-1h', to: 'now' };
const REFRESH = '30s';

export function dashboardOf({
  uid,
  title,
  description,
  variables,
  groups,
  annotations = [],
}: Board): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .time(TIME)
    .refresh(REFRESH)
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotations([...annotations])
    .link(
      new DashboardLinkBuilder('PaxosKV')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true)
        .icon('external link'),
    );
  let id = 0;
  for (const group of groups) {
    id += 1;
    builder.withRow(new RowBuilder(group.title).id(id));
    for (const panel of group.panels) {
      id += 1;
      const numbered = { ...panel.build(), id };
      builder.withPanel({ build: () => numbered });
    }
  }
  const dashboard = builder.build();
  // The builder hides links in a menu; here they are how one comes from the fleet to a cluster.
  for (const link of dashboard.links ?? []) delete link.placement;
  return dashboard;
}
