/** What numbers are of. Each thing has one unit on all dashboards. */
import * as grafana from '@grafana/grafana-foundation-sdk/units';

export const units = {
  count: grafana.Short,
  seconds: grafana.Seconds,
  bytes: grafana.BytesIEC,
  bytesPerSecond: grafana.BytesPerSecondIEC,
  /** 1 is all of it. */
  share: grafana.PercentUnit,
  /** Commands, slots, rounds: whatever the title says. */
  perSecond: grafana.CountsPerSecond,
} as const;
