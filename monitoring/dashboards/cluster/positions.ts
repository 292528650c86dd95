/** How far each replica has come, and how those come after that were away. */
import type { Group } from '../vocabulary/board.ts';
import { growth, orNone, perSecond, slope, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { risesTo } from '../vocabulary/level.ts';
import { ofPods, PER_POD } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';
import { LAG_BY_LEADER, LAG_BY_POSITION, WITH_ADDRESS } from './lag.ts';

export const positions: Group = {
  title: 'How far each replica is',
  panels: [
    graph({
      title: 'Lag, by replica',
      shows:
        'Slots that each chosen pod has applied less than the one of its cluster that is furthest. Pods are scraped one after the other, so what is written between two scrapes shows as lag.',
      normal:
        'About as many slots as are chosen in one scrape interval, at most, and as often at one pod as at another. 0 at rest.',
      otherwise:
        'One that grows for minutes: that pod’s disk, processor or link can’t keep up. One that falls: it catches up, and will be level by itself. One that stays level without falling: its link to the leader is down.',
      queries: [{ expression: LAG_BY_POSITION, legend: '{{pod}}' }],
      unit: units.count,
      levels: risesTo(10_000, 100_000),
      width: 8,
    }),
    graph({
      title: 'Lag, as the leader sees it',
      shows:
        'Slots between the last one that the leader has proposed and the last that each of the others has on its disk.',
      normal: 'Below some hundreds under load, 0 at rest.',
      otherwise: 'As on the left, but exact. One that is down shows how much it has missed so far.',
      queries: [{ expression: orNone(`${LAG_BY_LEADER} ${WITH_ADDRESS}`, 'address'), legend: '{{address}}' }],
      unit: units.count,
      levels: risesTo(1_000, 10_000),
      width: 8,
    }),
    graph({
      title: 'Chosen and not yet applied',
      shows: 'Slots that each chosen pod knows to be chosen and has not applied to its store yet.',
      normal: '0, or a few.',
      otherwise:
        'One that stays high: its event loop is busy. After a start it falls while the log is replayed.',
      queries: [
        {
          expression: `${ofPods('paxoskv_chosen_slot')} - ${ofPods('paxoskv_applied_slot')}`,
          legend: '{{pod}}',
        },
      ],
      unit: units.count,
      levels: risesTo(1_000, 10_000),
      width: 8,
    }),
    graph({
      title: 'Slots applied',
      shows: 'How fast each chosen pod goes on.',
      normal: 'All alike. At rest a slot now and then.',
      otherwise: 'Faster than the others: it catches up. Slower, under load: it falls behind.',
      queries: [{ expression: slope(ofPods('paxoskv_applied_slot')), legend: '{{pod}}' }],
      unit: units.perSecond,
      width: 8,
    }),
    graph({
      title: 'Catch-up',
      shows: 'Slots that the chosen pods got from another as chosen already, because they had missed them.',
      normal: '0, and a hump after each restart.',
      otherwise:
        'It goes on for hours: it does not catch up with what is written. Give it a faster disk or processor, or take load away.',
      queries: [
        { expression: sum(perSecond(ofPods('paxoskv_caught_up_slots_total')), PER_POD), legend: '{{pod}}' },
      ],
      unit: units.perSecond,
      width: 8,
    }),
    graph({
      title: 'Snapshots',
      shows:
        'Snapshots in each step of time: taken by a pod of its own state, so that its log can be cut, or taken over from a peer, because it had fallen behind all logs.',
      normal:
        'Taken now and then under writes. Taken over: only by new replicas and by those that were away for long.',
      otherwise:
        'Taken over again and again by one pod: it falls behind faster than it catches up. None taken for hours under writes: the log grows ("Log on disk"); the pod’s log lines say why.',
      queries: [
        {
          expression: sum(growth(ofPods('paxoskv_snapshots_taken_total')), PER_POD),
          legend: '{{pod}} has taken',
        },
        {
          expression: sum(growth(ofPods('paxoskv_snapshots_installed_total')), PER_POD),
          legend: '{{pod}} has taken over',
        },
      ],
      unit: units.count,
      width: 8,
      form: 'bars',
    }),
  ],
};
