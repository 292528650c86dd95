/** The operator: is it at work, and what does it wait for. */
import { processPanels } from '../process-panels.ts';
import type { Board } from '../vocabulary/board.ts';
import { ofOperator } from '../vocabulary/selection.ts';
import { choice, dataSource } from '../vocabulary/variable.ts';
import { apiRequests } from './api-requests.ts';
import { overview } from './overview.ts';
import { reconciles } from './reconciles.ts';

/** What every operator of ours says, whether it leads or not, and no other one does. */
const ANY_OPERATOR = 'controller_runtime_max_concurrent_reconciles';
const OURS = 'controller="paxoscluster"';

export const operator: Board = {
  uid: 'paxoskv-operator',
  title: 'PaxosKV / Operator',
  description:
    'The operator of PaxosKV: whether it works, how long that takes, and what the API server answers. Clusters serve without it.',
  variables: [
    dataSource(),
    choice({
      name: 'namespace',
      label: 'Namespace of the operator',
      values: `label_values(${ANY_OPERATOR}{${OURS}}, namespace)`,
      all: 'listed',
    }),
    choice({
      name: 'pod',
      label: 'Pod',
      values: `label_values(${ANY_OPERATOR}{${OURS}, namespace=~"$namespace"}, pod)`,
      all: 'listed',
    }),
  ],
  groups: [overview, reconciles, apiRequests, { title: 'Processes', panels: processPanels(ofOperator) }],
};
