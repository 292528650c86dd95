/** Conditions that say what was found, without a judgement. */
import type { Condition } from '../decision.ts';
import type { Situation } from '../situation.ts';

export function bootstrapped({ observed, clusterId }: Situation): Condition {
  const type = 'Bootstrapped';
  if (clusterId !== undefined) {
    return { type, status: 'True', reason: 'ClusterFounded', message: `the cluster is ${clusterId}` };
  }
  const message =
    observed.status.bootstrap === undefined
      ? 'no cluster was founded yet'
      : `cluster ${observed.status.bootstrap.clusterId} is being founded by replica ${observed.status.bootstrap.seed}`;
  return { type, status: 'False', reason: 'NotFounded', message };
}

export function specValid({ observed }: Situation): Condition {
  const type = 'SpecValid';
  return observed.faults.length === 0
    ? { type, status: 'True', reason: 'Understood', message: 'the spec is understood' }
    : { type, status: 'False', reason: 'SpecInvalid', message: observed.faults.join('; ') };
}

export function paused({ observed }: Situation): Condition {
  const type = 'Paused';
  return observed.spec.paused
    ? {
        type,
        status: 'True',
        reason: 'AskedFor',
        message: 'spec.paused is set: the operator changes nothing',
      }
    : { type, status: 'False', reason: 'NotAskedFor', message: 'the operator does what the spec asks for' };
}

export function secretsReady({ observed }: Situation): Condition {
  const type = 'SecretsReady';
  return observed.missingSecrets.length === 0
    ? { type, status: 'True', reason: 'AllThere', message: 'every Secret is there and holds what it must' }
    : { type, status: 'False', reason: 'SecretMissing', message: observed.missingSecrets.join('; ') };
}

export function monitoringReady({ observed }: Situation): Condition {
  const type = 'MonitoringReady';
  return observed.missingMonitoring === undefined
    ? { type, status: 'True', reason: 'AsAskedFor', message: 'the monitor that is asked for is there' }
    : { type, status: 'False', reason: 'MonitorMissing', message: observed.missingMonitoring };
}
