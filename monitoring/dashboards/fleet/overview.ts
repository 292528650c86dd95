/** How many clusters there are, and how many of them need somebody. */
import type { Group } from '../vocabulary/board.ts';
import { orZero } from '../vocabulary/expression.ts';
import { ACT, anyIsBad, LOOK } from '../vocabulary/level.ts';
import { bigNumber, type BigNumber } from '../vocabulary/number.ts';
import { ofClusters } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';
import { condition, perCluster } from './series.ts';

const WIDTH = 4;

function counted(
  expression: string,
  about: Omit<BigNumber, 'query' | 'unit' | 'width'>,
): ReturnType<typeof bigNumber> {
  const query = { expression: orZero(`count(${expression})`), legend: 'clusters' };
  return bigNumber({ ...about, query, unit: units.count, width: WIDTH });
}

export const overview: Group = {
  title: 'Does any need somebody?',
  panels: [
    counted(perCluster('replicas_ready'), {
      title: 'Clusters',
      shows: 'Clusters that the operator looks after.',
      normal: 'As many as were made.',
      otherwise:
        '0: no operator leads, or Prometheus does not read its metrics. See PaxosKV / Operator. Clusters serve without it.',
    }),
    counted(`${condition('Available')} == 0`, {
      title: 'Not available',
      shows: 'Clusters that serve nobody, as the operator knows for certain.',
      normal: '0, but for clusters that are being founded.',
      otherwise: 'The table says which; its row leads to the cluster. `kubectl describe pxc` says why.',
      levels: anyIsBad(ACT),
    }),
    counted(`${condition('QuorumAvailable')} < 1`, {
      title: 'Without a known quorum',
      shows:
        'Clusters of which no quorum of the voters follows a leader, or of which the operator does not know it.',
      normal: '0, but for the second that an election takes.',
      otherwise:
        'Not known for longer: the operator does not reach the pods; they may serve all the same. Lost: bring pods back; see docs/kubernetes.md, "When the quorum is lost".',
      levels: anyIsBad(ACT),
    }),
    counted(`${condition('Degraded')} == 1`, {
      title: 'Degraded',
      shows: 'Clusters that are less than they should be, or that need a person.',
      normal: '0.',
      otherwise: '`kubectl describe pxc`: the condition Degraded names the pod or the refusal.',
      levels: anyIsBad(LOOK),
    }),
    counted(`${condition('Progressing')} == 1`, {
      title: 'In change',
      shows: 'Clusters that are not yet what is asked for, and that the operator is at work on.',
      normal: '0, and some while pods are rolled or clusters grow.',
      otherwise: 'The same one for an hour: it is stuck. The condition Progressing says what it waits for.',
    }),
    bigNumber({
      title: 'Replicas that do not answer',
      shows: 'Replicas whose metrics Prometheus can’t read.',
      normal: '0, and one at a time while pods are rolled.',
      otherwise:
        'The table says of which cluster. One that is missing costs nothing until the quorum is at stake.',
      query: { expression: orZero(`count(${ofClusters('up')} == 0)`), legend: 'replicas' },
      unit: units.count,
      levels: anyIsBad(LOOK),
      width: WIDTH,
    }),
  ],
};
