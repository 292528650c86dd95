/** The same questions over time, one line for each cluster. */
import type { Group } from '../vocabulary/board.ts';
import { growth, max, min, orNone, perSecond, quantile, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { ACT, anyIsBad, fallsBelow, risesTo } from '../vocabulary/level.ts';
import { CLUSTER_LABEL, ofClusters, PER_CLUSTER } from '../vocabulary/selection.ts';
import { timeline } from '../vocabulary/timeline.ts';
import { units } from '../vocabulary/unit.ts';
import { mustHold } from './condition-words.ts';
import { condition } from './series.ts';

const LEGEND = `{{namespace}}/{{${CLUSTER_LABEL}}}`;

export const comparison: Group = {
  title: 'Over time',
  panels: [
    timeline({
      title: 'Available',
      shows: 'Whether each cluster served clients, as the operator saw it.',
      normal: 'yes, without a gap. A gap is a time without an operator, not without a cluster.',
      otherwise: 'Choose the cluster in PaxosKV / Cluster, and the time in which it was not.',
      query: { expression: condition('Available'), legend: LEGEND },
      means: mustHold(ACT),
      width: 12,
    }),
    graph({
      title: 'Commands',
      shows: 'Commands per second of each cluster.',
      normal: 'What its clients do at this time of day.',
      otherwise: 'All fall at once: the network or the nodes that they share. One alone: look at it.',
      queries: [
        {
          expression: orNone(
            sum(perSecond(ofClusters('paxoskv_commands_total')), PER_CLUSTER),
            CLUSTER_LABEL,
          ),
          legend: LEGEND,
        },
      ],
      unit: units.perSecond,
      width: 12,
    }),
    graph({
      title: 'Answered within, 99 %',
      shows: 'How long 99 of 100 commands took at most, in each cluster.',
      normal: 'Milliseconds, and for each cluster its own.',
      otherwise: 'All rise at once: storage or nodes that they share. One alone: look at it.',
      queries: [
        {
          expression: quantile(0.99, ofClusters, 'paxoskv_command_duration_seconds', PER_CLUSTER),
          legend: LEGEND,
        },
      ],
      unit: units.seconds,
      levels: risesTo(0.1, 1),
      width: 8,
    }),
    graph({
      title: 'Changes of leader',
      shows: 'How often the lead of each cluster has changed hands in each step of time.',
      normal: 'None but for rolls, drains and crashes.',
      otherwise: 'Many clusters at once: a node, or the network between zones.',
      queries: [
        {
          expression: max(growth(ofClusters('paxoskv_leader_changes_total')), PER_CLUSTER),
          legend: LEGEND,
        },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Disk free',
      shows:
        'Share that is free under the data directories of each cluster; of its replicas, the one that has least.',
      normal: 'Above a quarter.',
      otherwise: 'Enlarge its volumes: `spec.storage.size`.',
      queries: [
        {
          expression: min(
            `${ofClusters('paxoskv_disk_free_bytes')} / ${ofClusters('paxoskv_disk_size_bytes')}`,
            PER_CLUSTER,
          ),
          legend: LEGEND,
        },
      ],
      unit: units.share,
      levels: fallsBelow(0.1, 0.25),
      width: 8,
    }),
  ],
};
