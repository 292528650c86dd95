/** The disk: nothing is answered before it is on it. */
import type { Group } from '../vocabulary/board.ts';
import { buckets, growth, perSecond, quantile, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { heatMap } from '../vocabulary/heat-map.ts';
import { ACT, FINE, fallsBelow, risesTo } from '../vocabulary/level.ts';
import { ofPods, PER_POD } from '../vocabulary/selection.ts';
import { timeline } from '../vocabulary/timeline.ts';
import { units } from '../vocabulary/unit.ts';

export const disk: Group = {
  title: 'Disk',
  panels: [
    heatMap({
      title: 'Syncs',
      shows:
        'How long it took to write a batch to the log and to sync it, at the chosen pods: the brighter, the more of them.',
      normal: 'One narrow band: below 1 ms on a good local disk, 1 to 5 ms on most network volumes.',
      otherwise:
        'A second band at tens or hundreds of milliseconds: the volume’s limits on operations are reached, or a neighbour on the node is busy. Choose a pod to see whose disk it is.',
      expression: buckets(ofPods, 'paxoskv_log_fsync_duration_seconds'),
      unit: units.seconds,
      width: 12,
    }),
    graph({
      title: 'Syncs, 99 %, by pod',
      shows:
        'How long 99 of 100 syncs took at most, at each chosen pod, and how long the one under way has taken so far.',
      normal: 'Below 25 ms, and alike.',
      otherwise:
        'One pod alone: move it to another node or give it another volume; the others carry the cluster meanwhile. All of them: a faster storage class. A leader whose disk stalls steps down. One under way that only grows: that disk hangs.',
      queries: [
        {
          expression: quantile(0.99, ofPods, 'paxoskv_log_fsync_duration_seconds', PER_POD),
          legend: '{{pod}}',
        },
        { expression: ofPods('paxoskv_log_write_under_way_seconds'), legend: '{{pod}} under way' },
      ],
      unit: units.seconds,
      levels: risesTo(0.025, 0.25),
      width: 12,
    }),
    graph({
      title: 'Written to the log',
      shows: 'Bytes per second that each chosen pod writes and syncs.',
      normal: 'All alike: what clients write, and some tens of bytes for each slot.',
      otherwise: 'Close to what the volume carries: see its limits. Snapshots come on top, now and then.',
      queries: [
        { expression: sum(perSecond(ofPods('paxoskv_log_written_bytes_total')), PER_POD), legend: '{{pod}}' },
      ],
      unit: units.bytesPerSecond,
      width: 8,
    }),
    graph({
      title: 'Free',
      shows: 'Share of the file system under each chosen pod’s data directory that is free.',
      normal:
        'A saw: it falls while the log grows and rises when a snapshot lets it be cut. Never below a quarter.',
      otherwise:
        'A saw whose teeth sink: the data grows. Enlarge the volume (`spec.storage.size`) or set a quota (`spec.engine`).',
      queries: [
        {
          expression: `${ofPods('paxoskv_disk_free_bytes')} / ${ofPods('paxoskv_disk_size_bytes')}`,
          legend: '{{pod}}',
        },
      ],
      unit: units.share,
      levels: fallsBelow(0.1, 0.25),
      width: 8,
    }),
    timeline({
      title: 'Refused because of a full disk',
      shows: 'Whether each chosen pod refuses what makes the data larger, because the leader’s disk is full.',
      normal: 'Never.',
      otherwise:
        'Enlarge the volume, or delete keys: that works even now. Writing resumes by itself within seconds.',
      query: { expression: ofPods('paxoskv_growth_stopped_by_disk'), legend: '{{pod}}' },
      means: [
        { value: 0, word: 'no', color: FINE },
        { value: 1, word: 'disk full', color: ACT },
      ],
      width: 8,
    }),
    graph({
      title: 'Log on disk',
      shows: 'Bytes of the log’s files at each chosen pod, preallocated space included.',
      normal: 'It grows by one file of 32 MiB after another and falls with each snapshot.',
      otherwise:
        'It only grows: no snapshots are taken, or a snapshot is being read by a replica that catches up.',
      queries: [{ expression: ofPods('paxoskv_log_size_bytes'), legend: '{{pod}}' }],
      unit: units.bytes,
      width: 12,
    }),
    graph({
      title: 'Snapshots, in bytes',
      shows: 'Bytes of the snapshots that each chosen pod took of its own state, in each step of time.',
      normal: 'About the size of the data, whenever one is taken.',
      otherwise: 'It grows with the data. The volume needs room for two at a time, and the log.',
      queries: [
        {
          expression: sum(growth(ofPods('paxoskv_snapshots_taken_bytes_total')), PER_POD),
          legend: '{{pod}}',
        },
      ],
      unit: units.bytes,
      width: 12,
      form: 'bars',
    }),
  ],
};
