import {
  type CaseSeries,
  CLUSTER_LABELS,
  ofReplica,
  REPLICA_LABELS,
  testAlerts,
} from './testing/alert-case.ts';

const INTERVAL = 'interval="4096"';

/** Digests of two replicas; in the fault they differ at one slot, below it at different ones. */
const checkpoints: CaseSeries[] = [
  { series: ofReplica(0, 'paxoskv_digest_checkpoint_slot', INTERVAL), well: 8_192 },
  { series: ofReplica(0, 'paxoskv_digest_checkpoint', INTERVAL), well: 7 },
  { series: ofReplica(1, 'paxoskv_digest_checkpoint_slot', INTERVAL), well: 8_192, below: { is: 4_096 } },
  {
    series: ofReplica(1, 'paxoskv_digest_checkpoint', INTERVAL),
    well: 7,
    fault: { is: 8 },
    below: { is: 8 },
  },
];

/** How many seconds the second of two clocks is ahead. */
const clocks: CaseSeries[] = [
  { series: ofReplica(0, 'paxoskv_clock_seconds'), well: { secondsAhead: 1 } },
  {
    series: ofReplica(1, 'paxoskv_clock_seconds'),
    well: { secondsAhead: 2 },
    fault: { is: { secondsAhead: 31 } },
    below: { is: { secondsAhead: 6 } },
  },
];

const expires = (well: number, fault: number, below: number): CaseSeries[] => [
  {
    series: ofReplica(0, 'paxoskv_certificate_expiry_timestamp_seconds'),
    well,
    fault: { is: fault },
    below: { is: below },
  },
];
const DAY = 86_400;

testAlerts('what is relied upon', [
  {
    name: 'PaxosKVDigestsDiffer',
    series: checkpoints,
    labels: CLUSTER_LABELS,
    summary: 'The replicas of shop/demo-peers have different states',
    description:
      'At slot 8192 their digests differ: the same commands left different data or answers behind. This must never happen. Find out which one is wrong before anything is restarted.',
  },
  {
    name: 'PaxosKVClockSkew',
    series: clocks,
    labels: CLUSTER_LABELS,
    summary: 'The clocks of shop/demo-peers disagree',
    description:
      'They are 30s apart. One wrong clock harms nothing; with a majority of them wrong, keys expire at the wrong time.',
  },
  {
    name: 'PaxosKVCertificateExpiresSoon',
    series: expires(90 * DAY, 5 * DAY, 8 * DAY),
    labels: REPLICA_LABELS,
    summary: 'The certificate of demo-0 of shop/demo-peers expires soon',
    description: 'It expires in 4d 22h 36m 0s, and was not renewed in time.',
  },
  {
    name: 'PaxosKVCertificateExpires',
    series: expires(90 * DAY, DAY / 2, 2 * DAY),
    labels: REPLICA_LABELS,
    summary: 'The certificate of demo-0 of shop/demo-peers expires',
    description:
      'It expires in 10h 46m 0s (negative: it has expired). From then on neither replicas nor clients can connect anew: at the next restart the cluster is down.',
  },
]);
