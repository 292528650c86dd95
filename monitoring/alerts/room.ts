/** What data takes: the disk, the quota, the heap, the log. */
import { type Alert, AT_LEADER, CLUSTER, REPLICA } from './alert.ts';

/** Between two snapshots the log grows by as much as there is data, and by no less than this; as much stays behind one. */
const SNAPSHOT_BYTES_MIN = 64 * 1024 * 1024;
/** A log that is trimmed is below this: both of the above, spare segments, and what comes while a snapshot is written. */
const LOG_BYTES = `2 * clamp_min(paxoskv_data_bytes, ${SNAPSHOT_BYTES_MIN}) + ${4 * SNAPSHOT_BYTES_MIN}`;

export const ROOM_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVDiskNearlyFull',
    severity: 'warning',
    for: '5m',
    expr: 'paxoskv:disk_free:ratio < 0.15',
    summary: `The disk of ${REPLICA} is nearly full`,
    description:
      'Only {{ $value | humanizePercentage }} of it is free. When it is full, writes are refused; reads and deletes go on.',
  },
  {
    name: 'PaxosKVWritesStoppedByDisk',
    severity: 'critical',
    for: '1m',
    // Followers may not have heard yet that there is room again.
    expr: `max by (namespace, job, paxoskv_dev_cluster) (paxoskv_growth_stopped_by_disk == 1 ${AT_LEADER})`,
    summary: `${CLUSTER} refuses writes: a disk is full`,
    description:
      'The disk of its leader, or those of too many others, have no space for the log. Reads and deletes go on. It ends by itself when there is room.',
  },
  {
    name: 'PaxosKVQuotaNearlyReached',
    severity: 'warning',
    for: '10m',
    expr: 'paxoskv:data_quota:ratio > 0.85 and paxoskv:data_quota:ratio < 1',
    summary: `The data of ${CLUSTER} nearly fill their quota`,
    description:
      '{{ $value | humanizePercentage }} of the data quota is used. At 100 % writes that add data are refused.',
  },
  {
    name: 'PaxosKVQuotaReached',
    severity: 'critical',
    for: '1m',
    expr: 'paxoskv:data_quota:ratio >= 1',
    summary: `${CLUSTER} refuses writes: the data quota is used up`,
    description:
      '{{ $value | humanizePercentage }} of the data quota is used: what would exceed it is refused with OOM. Reads and deletes go on.',
  },
  {
    name: 'PaxosKVMemoryNearlyFull',
    severity: 'critical',
    for: '1m',
    // Data, or whatever else stays for a quarter of an hour: garbage that waits to be collected does not.
    expr: 'paxoskv:data_of_heap:ratio > 0.85 or min_over_time(paxoskv:heap_used:ratio[15m]) > 0.9',
    summary: `The memory of ${REPLICA} is nearly full`,
    description:
      '{{ $value | humanizePercentage }} of its heap is used by what stays. When it is full the process ends, and as all replicas hold the same data, the others are as near.',
  },
  {
    name: 'PaxosKVMemoryFills',
    severity: 'warning',
    for: '5m',
    expr: 'paxoskv:data_of_heap:ratio > 0.7 and paxoskv:data_of_heap:ratio <= 0.85',
    summary: `The memory of ${REPLICA} fills`,
    description:
      'Its data take {{ $value | humanizePercentage }} of its heap, and all replicas hold the same. Collecting garbage gets slow from here on, and at the end the processes end.',
  },
  {
    name: 'PaxosKVContainerMemoryNearlyFull',
    severity: 'warning',
    for: '10m',
    // A full heap may come to it: three quarters of the limit, 192 MiB for what is young, and some 70 for the program. Then one of the two
    // above fires as well.
    expr: 'process_resident_memory_bytes / paxoskv_memory_limit_bytes > 0.95',
    summary: `${REPLICA} nearly has all memory that it may have`,
    description:
      'The process has {{ $value | humanizePercentage }} of what its container, or its machine, may have. Beyond it the kernel ends it without a word (OOMKilled).',
  },
  {
    name: 'PaxosKVLogGrows',
    severity: 'warning',
    for: '15m',
    expr: `(paxoskv_log_size_bytes > ${LOG_BYTES})`,
    summary: `The log of ${REPLICA} is not trimmed`,
    description:
      'It has {{ $value | humanize1024 }}B, more than snapshots leave of it: they fail, or a peer holds on to an old one. A start takes longer with each byte, and the disk fills.',
  },
];
