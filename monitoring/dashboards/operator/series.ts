/**
 * Series of the operator that other operators have as well, under the same names: those of our controller, told by its name. What has
 * no such label is told by the pod.
 */
import { ofOperator, type Select } from '../vocabulary/selection.ts';

const CONTROLLER = 'paxoscluster';

/** What controller-runtime would count. */
export const ofController: Select = (metric) =>
  ofOperator(`controller_runtime_${metric}`, `controller="${CONTROLLER}"`);

/** What its queue would. */
export const ofQueue: Select = (metric) => ofOperator(`workqueue_${metric}`, `name="${CONTROLLER}"`);

/** Answers that are no part of the work: a conflict and an object that is not there are. */
export const FAILED = 'code!~"2..|404|409"';
