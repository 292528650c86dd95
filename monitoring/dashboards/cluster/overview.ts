/** The first line of the board: is anything wrong, and where to look then. */
import { growth, max, min, orZero, perSecond, quantile, SHOWN, sum } from '../vocabulary/expression.ts';
import { ACT, anyIsBad, fallsBelow, FINE, LOOK, risesTo } from '../vocabulary/level.ts';
import type { Group } from '../vocabulary/board.ts';
import { bigNumber } from '../vocabulary/number.ts';
import { ofClusters, ofPods } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';
import { LAG_BY_LEADER } from './lag.ts';
import { spareVoters } from './spare-voters.ts';

const UNANSWERED = 'outcome=~"not-done|unknown"';
const WIDTH = 3;

export const overview: Group = {
  title: 'Is it well?',
  panels: [
    bigNumber({
      title: 'Voters to spare',
      shows:
        'How many more voters may be lost before the quorum is lost. Of several clusters, the one that has fewest; −1 also when no replica is heard of.',
      normal:
        '1 with three replicas, 2 with five; 0 for a moment while a pod is rolled. A single replica always has 0.',
      otherwise:
        '0: look which replica is down or not ready (below) and why: `kubectl describe pod`, `kubectl logs --previous`. Below 0: nothing is written or read. Bring pods back first; wait for machines and volumes. Recovering without them can lose writes and is the last resort: docs/kubernetes.md, "When the quorum is lost".',
      query: { expression: `${min(spareVoters())} or on() vector(-1)`, legend: 'voters to spare' },
      unit: units.count,
      levels: fallsBelow(0, 1),
      means: [
        { value: -1, word: 'quorum lost', color: ACT },
        { value: 0, word: 'none', color: LOOK },
      ],
      width: WIDTH,
    }),
    bigNumber({
      title: 'Leader',
      shows:
        'The pod that leads. For a moment after a change there may be two: the old one has not noticed yet.',
      normal: 'One name for each cluster.',
      otherwise:
        'Nobody: if voters are to spare, an election is under way and takes about a second. If it lasts, replicas do not reach each other’s peer port 7379: look at network policies, at "Links that are down", and at who refuses whom in their logs.',
      query: { expression: `${ofClusters('paxoskv_is_leader')} == 1`, legend: '{{pod}}' },
      unit: units.count,
      levels: [{ value: null, color: FINE }],
      showsNames: true,
      whenNone: 'nobody',
      width: WIDTH,
    }),
    bigNumber({
      title: 'Commands unanswered',
      shows:
        'Share of the commands at the chosen pods that could not be carried out (not done), or of which nobody knows whether they were (unknown). Wrong commands are not among them.',
      normal: '0, but for the second that an election takes.',
      otherwise:
        'Look at the leader and at the voters to spare. If both are well: "Disk free", "Queues" and the limits that docs/limits.md lists.',
      query: {
        expression: `(${orZero(sum(perSecond(ofPods('paxoskv_commands_total', UNANSWERED))))}) / (${sum(perSecond(ofPods('paxoskv_commands_total')))} > 0) or on() vector(0)`,
        legend: 'share',
      },
      unit: units.share,
      levels: risesTo(0.001, 0.01),
      width: WIDTH,
    }),
    bigNumber({
      title: 'Commands',
      shows: 'Commands that the chosen pods answer in a second.',
      normal: 'What your clients do at this time of day.',
      otherwise:
        '0 with clients connected: look at the leader. Far more than ever: look which commands, and "Clients" for who is new.',
      query: {
        expression: orZero(sum(perSecond(ofPods('paxoskv_commands_total')))),
        legend: 'commands',
      },
      unit: units.perSecond,
      width: WIDTH,
    }),
    bigNumber({
      title: '99 % answered within',
      shows:
        'So long 99 of 100 commands take at most, from their arrival at a chosen pod to their answer. 0 when there are none.',
      normal:
        'Some milliseconds: a round trip to a second replica and a sync of two disks. With thousands of clients, tens of milliseconds.',
      otherwise:
        'See under "Where the time goes" which phase is slow: durable is the disk, chosen the network or another’s disk, answered alone the event loop.',
      query: {
        expression: `${quantile(0.99, ofPods, 'paxoskv_command_duration_seconds')} >= 0 or on() vector(0)`,
        legend: '99 %',
      },
      unit: units.seconds,
      levels: risesTo(0.1, 1),
      width: WIDTH,
    }),
    bigNumber({
      title: 'Furthest behind',
      shows: 'Slots that the replica that is furthest behind lacks, as the leader sees it.',
      normal:
        '0 at rest, some hundreds under load. More for as long as a replica catches up after a restart.',
      otherwise:
        'One that grows: that replica’s disk, processor or link can’t keep up. See "How far each replica is". From 1,000 on it is not ready, and gets no clients; should another one be lost, the cluster waits for it.',
      query: { expression: orZero(max(LAG_BY_LEADER)), legend: 'slots' },
      unit: units.count,
      levels: risesTo(1_000, 10_000),
      width: WIDTH,
    }),
    bigNumber({
      title: 'Disk free',
      shows: 'What is left of the file system under the data directory; of several, the one that has least.',
      normal: 'More than a quarter.',
      otherwise:
        'Enlarge the volume: `kubectl patch pxc` with a larger `spec.storage.size`. A full disk loses nothing: writes are refused, reads and deletes go on, and writing resumes by itself once there is room (docs/limits.md).',
      query: {
        expression: min(`${ofPods('paxoskv_disk_free_bytes')} / ${ofPods('paxoskv_disk_size_bytes')}`),
        legend: 'free',
      },
      unit: units.share,
      levels: fallsBelow(0.1, 0.25),
      width: WIDTH,
    }),
    bigNumber({
      title: 'Changes of leader',
      shows: 'How often the lead has changed hands in the time that is shown.',
      normal: '0. One for each roll of the pods, each node that is drained and each crash.',
      otherwise:
        'More than that, without such a reason: a leader steps down when it does not reach a quorum or when its own disk or event loop stalls. Look at "Syncs", "Event loop delay" and "Round trip" at these moments.',
      query: {
        expression: orZero(max(growth(ofClusters('paxoskv_leader_changes_total'), SHOWN))),
        legend: 'changes',
      },
      unit: units.count,
      levels: anyIsBad(),
      width: WIDTH,
    }),
  ],
};
