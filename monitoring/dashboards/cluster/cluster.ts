/** One cluster, from far to near: is it well, who is there, where the time goes, what is waited for. */
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { processPanels } from '../process-panels.ts';
import type { Board } from '../vocabulary/board.ts';
import { growth, max } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { risesTo } from '../vocabulary/level.ts';
import { ofClusters, ofPods, PER_CLUSTER } from '../vocabulary/selection.ts';
import { CHOSEN_SOURCE } from '../vocabulary/told.ts';
import { units } from '../vocabulary/unit.ts';
import {
  cluster as clusterVariable,
  dataSource,
  namespaceOfClusters,
  podOfCluster,
} from '../vocabulary/variable.ts';
import { availability } from './availability.ts';
import { clients } from './clients.ts';
import { commands } from './commands.ts';
import { data } from './data.ts';
import { disk } from './disk.ts';
import { leadership } from './leadership.ts';
import { overview } from './overview.ts';
import { positions } from './positions.ts';
import { rounds } from './rounds.ts';

export const CLUSTER_UID = 'paxoskv-cluster';

/** A line across all panels. */
const leaderChanges = new AnnotationQueryBuilder()
  .name('Changes of leader')
  .datasource(CHOSEN_SOURCE)
  .enable(true)
  .iconColor('purple')
  .expr(`${max(growth(ofClusters('paxoskv_leader_changes_total')), PER_CLUSTER)} > 0`)
  .titleFormat('Leader changed')
  .step('15s');

/** The keys and values are in the heap; the operator has no such bound of its own. */
const heap = graph({
  title: 'Heap, of what it may be',
  shows: 'Share of the heap that each chosen pod may use before its process ends.',
  normal: 'A saw whose low points stay below 70 %.',
  otherwise:
    'Close to 100 %: the process ends with "heap out of memory" and comes back with the same data. Raise `spec.resources`, delete keys, or set a quota.',
  queries: [
    {
      expression: `${ofPods('nodejs_heap_size_used_bytes')} / ${ofPods('paxoskv_heap_limit_bytes')}`,
      legend: '{{pod}}',
    },
  ],
  unit: units.share,
  levels: risesTo(0.8, 0.9),
  width: 24,
});

export const cluster: Board = {
  uid: CLUSTER_UID,
  title: 'PaxosKV / Cluster',
  description:
    'A cluster of PaxosKV, from far to near. The first line says whether anything is wrong; the description of each panel says what is normal and what to do.',
  variables: [dataSource(), namespaceOfClusters(), clusterVariable(), podOfCluster()],
  annotations: [leaderChanges],
  groups: [
    overview,
    availability,
    leadership,
    rounds,
    commands,
    positions,
    disk,
    clients,
    data,
    { title: 'Processes', panels: [...processPanels(ofPods, 'paxoskv_memory_limit_bytes'), heap] },
  ],
};
