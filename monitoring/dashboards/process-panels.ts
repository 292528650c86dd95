/** A process of Node.js: processor, memory, event loop. Replicas and operators are one thread each, so the same is asked of both. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { perSecond, sum } from './vocabulary/expression.ts';
import { graph } from './vocabulary/graph.ts';
import { risesTo } from './vocabulary/level.ts';
import { PER_POD, type Select } from './vocabulary/selection.ts';
import { units } from './vocabulary/unit.ts';

/** `limit`: the metric that says how much memory a process may have. */
export function processPanels(select: Select, limit?: string): Builder<Panel>[] {
  return [...pace(select), ...room(select, limit)];
}

/** Whether it comes to its work in time. */
function pace(select: Select): Builder<Panel>[] {
  return [
    graph({
      title: 'Processor',
      shows: 'Processors that each chosen pod uses.',
      normal: 'Below 0.8: one thread does the work, and a little more goes to disk and network.',
      otherwise:
        'Close to 1: it is as busy as it can be, and everything waits. Fewer or cheaper commands, a faster processor, or a second cluster. See that the container’s limit is no lower.',
      queries: [{ expression: perSecond(select('process_cpu_seconds_total')), legend: '{{pod}}' }],
      unit: units.count,
      levels: risesTo(0.8, 1),
      width: 8,
    }),
    graph({
      title: 'Event loop delay',
      shows:
        'How late the event loop of each chosen pod came to a timer since the last scrape: the slowest, and 99 of 100.',
      normal: 'About 20 ms, which is how often it is sampled; the slowest below 100 ms.',
      otherwise:
        'Nobody is served meanwhile. A large command (KEYS, a long transaction), a long collection of garbage, or a node without processor time: compare "Processor" and "Garbage". From half a second on the others elect another leader.',
      queries: [
        { expression: select('nodejs_eventloop_lag_max_seconds'), legend: '{{pod}} slowest' },
        { expression: select('nodejs_eventloop_lag_p99_seconds'), legend: '{{pod}} 99 %' },
      ],
      unit: units.seconds,
      levels: risesTo(0.1, 0.5),
      width: 8,
    }),
    graph({
      title: 'Garbage',
      shows: 'Share of the time that each chosen pod collects garbage.',
      normal: 'Below 5 %.',
      otherwise: 'It rises when the heap is nearly full: compare "Memory". More memory helps.',
      queries: [
        { expression: sum(perSecond(select('nodejs_gc_duration_seconds_sum')), PER_POD), legend: '{{pod}}' },
      ],
      unit: units.share,
      levels: risesTo(0.1, 0.3),
      width: 8,
    }),
  ];
}

/** Whether it has what it needs, and since when. */
function room(select: Select, limit: string | undefined): Builder<Panel>[] {
  return [
    graph({
      title: 'Memory',
      shows:
        'Memory of each chosen pod: all that is resident, what the heap uses, and buffers outside of it.',
      normal: 'The heap is a saw; its low points are what is really kept.',
      otherwise:
        'Low points that rise without more data, or a resident size near the container’s limit: the kernel will end the pod (OOMKilled). Raise the limit, or set a quota.',
      queries: [
        { expression: select('process_resident_memory_bytes'), legend: '{{pod}} resident' },
        { expression: select('nodejs_heap_size_used_bytes'), legend: '{{pod}} heap' },
        { expression: select('nodejs_external_memory_bytes'), legend: '{{pod}} buffers' },
        ...(limit === undefined ? [] : [{ expression: select(limit), legend: '{{pod}} limit' }]),
      ],
      unit: units.bytes,
      width: 8,
    }),
    graph({
      title: 'Open files',
      shows: 'Share of the file descriptors that each chosen pod may have open.',
      normal: 'A few, and one for each connection.',
      otherwise: 'A steady rise: connections that nobody closes. At the limit no connection is taken.',
      queries: [
        { expression: `${select('process_open_fds')} / ${select('process_max_fds')}`, legend: '{{pod}}' },
      ],
      unit: units.share,
      levels: risesTo(0.7, 0.9),
      width: 8,
    }),
    graph({
      title: 'Up for',
      shows: 'How long each chosen pod’s process runs.',
      normal: 'It rises.',
      otherwise:
        'A fall is a restart: `kubectl logs --previous` says how the last one ended, `kubectl describe pod` whether the kernel or the kubelet ended it.',
      queries: [{ expression: `time() - ${select('process_start_time_seconds')}`, legend: '{{pod}}' }],
      unit: units.seconds,
      width: 8,
    }),
  ];
}
