/** One cluster, from far to near: is it well, who is there, where the time goes, what is waited for. */
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { processPanels } from '../process-panels.ts';
import type { Board } from '../vocabulary/board.ts';
import { growth, max } from '../vocabulary/expression.ts';
import { ofClusters, ofPods, PER_CLUSTER } from '../vocabulary/selection.ts';
import { CHOSEN_SOURCE } from '../vocabulary/told.ts';
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
    { title: 'Processes', panels: processPanels(ofPods) },
  ],
};
