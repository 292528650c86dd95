/** What everybody relies on without looking: equal states, clocks, certificates. */
import { type Alert, CLUSTER, REPLICA } from './alert.ts';

const DAY_SECONDS = 86_400;
const REMAINING = 'paxoskv_certificate_expiry_timestamp_seconds - time()';

export const TRUST_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVDigestsDiffer',
    severity: 'critical',
    for: '0m',
    expr: 'max by (namespace, job, paxoskv_dev_cluster) (max_over_time(paxoskv:digests_differ:slot[10m]))',
    summary: `The replicas of ${CLUSTER} have different states`,
    description:
      'At slot {{ $value }} their digests differ: the same commands left different data or answers behind. This must never happen. Find out which one is wrong before anything is restarted.',
  },
  {
    name: 'PaxosKVClockSkew',
    severity: 'warning',
    for: '5m',
    expr: 'paxoskv:clock_spread:seconds > 5',
    summary: `The clocks of ${CLUSTER} disagree`,
    description:
      'They are {{ $value | humanizeDuration }} apart. One wrong clock harms nothing; with a majority of them wrong, keys expire at the wrong time.',
  },
  {
    name: 'PaxosKVCertificateExpiresSoon',
    severity: 'warning',
    for: '15m',
    expr: `${REMAINING} < ${7 * DAY_SECONDS} and ${REMAINING} >= ${DAY_SECONDS}`,
    summary: `The certificate of ${REPLICA} expires soon`,
    description: 'It expires in {{ $value | humanizeDuration }}, and was not renewed in time.',
  },
  {
    name: 'PaxosKVCertificateExpires',
    severity: 'critical',
    for: '5m',
    expr: `${REMAINING} < ${DAY_SECONDS}`,
    summary: `The certificate of ${REPLICA} expires`,
    description:
      'It expires in {{ $value | humanizeDuration }} (negative: it has expired). From then on neither replicas nor clients can connect anew: at the next restart the cluster is down.',
  },
];
