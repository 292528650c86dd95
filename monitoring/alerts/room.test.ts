import { CLUSTER_LABELS, ofReplica, REPLICA_LABELS, testAlerts } from './testing/alert-case.ts';

const MIB = 1024 * 1024;
const leads = { series: ofReplica(0, 'paxoskv_is_leader'), well: 1 };
const quota = { series: ofReplica(0, 'paxoskv_data_quota_bytes'), well: 1_000 * MIB };

testAlerts('room', [
  {
    name: 'PaxosKVDiskNearlyFull',
    series: [
      { series: ofReplica(0, 'paxoskv_disk_size_bytes'), well: 10_000 },
      {
        series: ofReplica(0, 'paxoskv_disk_free_bytes'),
        well: 5_000,
        fault: { is: 1_400 },
        below: { is: 1_500 },
      },
    ],
    labels: REPLICA_LABELS,
    summary: 'The disk of demo-0 of shop/demo-peers is nearly full',
    description: 'Only 14% of it is free. When it is full, writes are refused; reads and deletes go on.',
  },
  {
    name: 'PaxosKVWritesStoppedByDisk',
    series: [
      leads,
      { series: ofReplica(0, 'paxoskv_growth_stopped_by_disk'), well: 0, fault: { is: 1 } },
      // A follower that has not heard yet that there is room again.
      { series: ofReplica(1, 'paxoskv_is_leader'), well: 0 },
      { series: ofReplica(1, 'paxoskv_growth_stopped_by_disk'), well: 1 },
    ],
    labels: CLUSTER_LABELS,
    summary: 'shop/demo-peers refuses writes: a disk is full',
    description:
      'The disk of its leader, or those of too many others, have no space for the log. Reads and deletes go on. It ends by itself when there is room.',
  },
  {
    name: 'PaxosKVQuotaNearlyReached',
    series: [
      leads,
      quota,
      {
        series: ofReplica(0, 'paxoskv_data_bytes'),
        well: 500 * MIB,
        fault: { is: 860 * MIB },
        below: { is: 850 * MIB },
      },
    ],
    labels: CLUSTER_LABELS,
    summary: 'The data of shop/demo-peers nearly fill their quota',
    description: '86% of the data quota is used. At 100 % writes that add data are refused.',
  },
  {
    name: 'PaxosKVQuotaReached',
    series: [
      leads,
      quota,
      {
        series: ofReplica(0, 'paxoskv_data_bytes'),
        well: 500 * MIB,
        fault: { is: 1_001 * MIB },
        below: { is: 999 * MIB },
      },
      // Without a quota there is nothing to reach.
      { series: ofReplica(1, 'paxoskv_data_quota_bytes'), well: 0 },
      { series: ofReplica(1, 'paxoskv_data_bytes'), well: 990 * MIB },
    ],
    labels: CLUSTER_LABELS,
    summary: 'shop/demo-peers refuses writes: the data quota is used up',
    description:
      '100.1% of the data quota is used: what would exceed it is refused with OOM. Reads and deletes go on.',
  },
  {
    name: 'PaxosKVMemoryNearlyFull',
    series: [
      { series: ofReplica(0, 'paxoskv_heap_limit_bytes'), well: 1_000 },
      {
        series: ofReplica(0, 'nodejs_heap_size_used_bytes'),
        well: 300,
        fault: { is: 910 },
        below: { is: 900 },
      },
    ],
    labels: REPLICA_LABELS,
    summary: 'The memory of demo-0 of shop/demo-peers is nearly full',
    description:
      '91% of its heap is used by what stays. When it is full the process ends, and as all replicas hold the same data, the others are as near.',
  },
  {
    name: 'PaxosKVMemoryNearlyFull',
    series: [
      { series: ofReplica(0, 'paxoskv_heap_limit_bytes'), well: 1_000 },
      { series: ofReplica(0, 'paxoskv_data_bytes'), well: 300, fault: { is: 860 }, below: { is: 850 } },
    ],
    labels: REPLICA_LABELS,
    summary: 'The memory of demo-0 of shop/demo-peers is nearly full',
    description:
      '86% of its heap is used by what stays. When it is full the process ends, and as all replicas hold the same data, the others are as near.',
  },
  {
    name: 'PaxosKVMemoryFills',
    series: [
      { series: ofReplica(0, 'paxoskv_heap_limit_bytes'), well: 1_000 },
      { series: ofReplica(0, 'paxoskv_data_bytes'), well: 300, fault: { is: 720 }, below: { is: 700 } },
    ],
    labels: REPLICA_LABELS,
    summary: 'The memory of demo-0 of shop/demo-peers fills',
    description:
      'Its data take 72% of its heap, and all replicas hold the same. Collecting garbage gets slow from here on, and at the end the processes end.',
  },
  {
    name: 'PaxosKVContainerMemoryNearlyFull',
    series: [
      { series: ofReplica(0, 'paxoskv_memory_limit_bytes'), well: 1_000 },
      {
        series: ofReplica(0, 'process_resident_memory_bytes'),
        well: 700,
        fault: { is: 970 },
        below: { is: 950 },
      },
    ],
    labels: REPLICA_LABELS,
    summary: 'demo-0 of shop/demo-peers nearly has all memory that it may have',
    description:
      'The process has 97% of what its container, or its machine, may have. Beyond it the kernel ends it without a word (OOMKilled).',
  },
  {
    name: 'PaxosKVLogGrows',
    series: [
      { series: ofReplica(0, 'paxoskv_data_bytes'), well: 100 * MIB },
      {
        series: ofReplica(0, 'paxoskv_log_size_bytes'),
        well: 200 * MIB,
        fault: { is: 512 * MIB },
        below: { is: 456 * MIB },
      },
    ],
    labels: REPLICA_LABELS,
    summary: 'The log of demo-0 of shop/demo-peers is not trimmed',
    description:
      'It has 512MiB, more than snapshots leave of it: they fail, or a peer holds on to an old one. A start takes longer with each byte, and the disk fills.',
  },
]);
