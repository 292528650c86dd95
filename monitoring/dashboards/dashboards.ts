/** What Grafana is given: one file for each dashboard. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { cluster } from './cluster/cluster.ts';
import { fleet } from './fleet/fleet.ts';
import { operator } from './operator/operator.ts';
import { dashboardOf } from './vocabulary/board.ts';

export interface DashboardFile {
  /** Without a folder. */
  readonly name: string;
  readonly dashboard: Dashboard;
}

export function dashboardFiles(): DashboardFile[] {
  return [fleet, cluster, operator].map((board) => ({
    name: `${board.uid}.json`,
    dashboard: dashboardOf(board),
  }));
}
