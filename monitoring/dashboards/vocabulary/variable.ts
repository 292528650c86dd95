/** What can be chosen at the top of a dashboard. */
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { CLUSTER_LABEL } from './selection.ts';
import { CHOSEN_SOURCE } from './told.ts';

export type Variable = DatasourceVariableBuilder | QueryVariableBuilder;

export function dataSource(): Variable {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

export interface Choice {
  readonly name: string;
  readonly label: string;
  /** What lists the values, such as `label_values(up, pod)`. */
  readonly values: string;
  /**
   * What "All" stands for: anything, or no more than the values that are listed, where the series that are asked for are not
   * PaxosKV's alone.
   */
  readonly all: 'anything' | 'listed';
}

export function choice({ name, label, values, all }: Choice): Variable {
  const variable = new QueryVariableBuilder(name)
    .label(label)
    .datasource(CHOSEN_SOURCE)
    .query({ query: values, refId: name })
    .definition(values)
    // Whoever was there in the time that is shown can be chosen, the lost ones above all.
    .refresh(VariableRefresh.OnTimeRangeChanged)
    // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method, of no array
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' });
  return all === 'anything' ? variable.allValue('.+') : variable;
}

/** Any metric that every replica has, whatever its state. */
const ANY_REPLICA = 'paxoskv_has_leader';

export function namespaceOfClusters(): Variable {
  const values = `label_values(${ANY_REPLICA}, namespace)`;
  return choice({ name: 'namespace', label: 'Namespace', values, all: 'anything' });
}

export function cluster(): Variable {
  const values = `label_values(${ANY_REPLICA}{namespace=~"$namespace"}, ${CLUSTER_LABEL})`;
  return choice({ name: 'cluster', label: 'Cluster', values, all: 'anything' });
}

export function podOfCluster(): Variable {
  const values = `label_values(${ANY_REPLICA}{namespace=~"$namespace", ${CLUSTER_LABEL}=~"$cluster"}, pod)`;
  return choice({ name: 'pod', label: 'Pod', values, all: 'anything' });
}
