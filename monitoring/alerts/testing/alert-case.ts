/**
 * One alert's test: series that are well, then faulty, then well again, and the same series just below the alert's limit all the time. It
 * must fire, with these labels and texts; must not fire before its time, nor below its limit; and must end.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { RUNBOOK_URL } from '../alert.ts';
import { ALERTS, ruleGroups } from '../rules.ts';
import { complaintsOf, type InputSeries, promtoolMissing, type RuleTest } from './promtool.ts';

/** A number that stays; what a counter rises by; by how much a clock is ahead; undefined: no sample. */
export type Course = number | { readonly perMinute: number } | { readonly secondsAhead: number } | undefined;

export interface CaseSeries {
  readonly series: string;
  readonly well: Course;
  /** The same as `well` unless given. */
  readonly fault?: { readonly is: Course };
  readonly below?: { readonly is: Course };
}

export interface AlertCase {
  readonly name: string;
  readonly series: readonly CaseSeries[];
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** Longer than every range of a rule that asks for a rise; so long all is well at first, and again in the end. */
const WELL_MINUTES = 40;
/** Over the `for` of an alert: ranges fill, and what is recorded takes a turn. */
const FAULT_MARGIN_MINUTES = 30;

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60 };

/** `for` in minutes. */
function minutesOf(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)([mh])$/.exec(duration) ?? [];
  return Number(count) * (MINUTES[unit] ?? Number.NaN);
}

/** A value for each minute of the phases, one after the other; counters go on where they were. */
function valuesOf(phases: readonly (readonly [Course, number])[]): string {
  const values: string[] = [];
  let counted = 0;
  for (const [course, minutes] of phases) {
    for (let minute = 0; minute < minutes; minute += 1) {
      if (course === undefined) values.push('_');
      else if (typeof course === 'number') values.push(String(course));
      // Where promtool begins, it is 0 o'clock.
      else if ('secondsAhead' in course) values.push(String(values.length * 60 + course.secondsAhead));
      else {
        counted += course.perMinute;
        values.push(String(counted));
      }
    }
  }
  return values.join(' ');
}

function courseOf(course: { readonly is: Course } | undefined, well: Course): Course {
  return course === undefined ? well : course.is;
}

function testsOf(example: AlertCase): RuleTest[] {
  const alert = ALERTS.find(({ name }) => name === example.name);
  assert(alert !== undefined, `there is no alert ${example.name}`);
  const waits = minutesOf(alert.for);
  const fault = waits + FAULT_MARGIN_MINUTES;
  const seriesOf = (phases: (series: CaseSeries) => readonly (readonly [Course, number])[]): InputSeries[] =>
    example.series.map((each) => ({ series: each.series, values: valuesOf(phases(each)) }));
  const at = (minute: number, fires: boolean) => ({
    eval_time: `${minute}m`,
    alertname: alert.name,
    exp_alerts: fires
      ? [
          {
            exp_labels: { severity: alert.severity, ...example.labels },
            exp_annotations: {
              summary: example.summary,
              description: example.description,
              runbook_url: `${RUNBOOK_URL}/${alert.name}.md`,
            },
          },
        ]
      : [],
  });
  return [
    {
      name: `${alert.name}: well, faulty, well`,
      interval: '1m',
      input_series: seriesOf((each) => [
        [each.well, WELL_MINUTES],
        [courseOf(each.fault, each.well), fault],
        [each.well, WELL_MINUTES],
      ]),
      alert_rule_test: [
        at(WELL_MINUTES - 1, false),
        ...(waits > 0 ? [at(WELL_MINUTES + waits - 1, false)] : []),
        at(WELL_MINUTES + fault - 1, true),
        at(WELL_MINUTES + fault + WELL_MINUTES - 1, false),
      ],
    },
    {
      name: `${alert.name}: just below`,
      interval: '1m',
      input_series: seriesOf((each) => [
        [each.well, WELL_MINUTES],
        [courseOf(each.below, each.well), fault],
      ]),
      alert_rule_test: [at(WELL_MINUTES + fault - 1, false)],
    },
  ];
}

/** Registers a test for each; promtool, which takes a second to start, is asked once. */
export function testAlerts(what: string, cases: readonly AlertCase[]): void {
  describe(what, { skip: promtoolMissing() ?? false }, () => {
    let complaints = '';
    before(() => {
      complaints = complaintsOf(ruleGroups(), cases.flatMap(testsOf));
    });
    for (const name of new Set(cases.map((each) => each.name))) {
      it(`${name} fires at its fault, not below it, and ends`, () => {
        assert.ok(!complaints.includes(`${name}: `), complaints);
      });
    }
    it('has nothing else to complain about', () => assert.equal(complaints, ''));
  });
}

/** `metric{the labels that the monitors give,more}` of replica 0, 1 or 2 of the cluster `demo`. */
export function ofReplica(index: number, metric: string, more = ''): string {
  const labels = `namespace="shop",job="demo-peers",pod="demo-${index}",instance="10.0.0.${index}:9379"`;
  return `${metric}{${labels}${more === '' ? '' : `,${more}`}}`;
}

/** Labels of an alert about the whole cluster, and about replica 0. */
export const CLUSTER_LABELS = { namespace: 'shop', job: 'demo-peers' } as const;
export const REPLICA_LABELS = { ...CLUSTER_LABELS, pod: 'demo-0', instance: '10.0.0.0:9379' } as const;

/** Of three replicas that are well: who leads (replica 0), who votes, how many there are. */
export const THREE_WELL: readonly CaseSeries[] = [0, 1, 2].flatMap((index) => [
  { series: ofReplica(index, 'up'), well: 1 },
  { series: ofReplica(index, 'paxoskv_is_leader'), well: index === 0 ? 1 : 0 },
  { series: ofReplica(index, 'paxoskv_is_voter'), well: 1 },
  { series: ofReplica(index, 'paxoskv_is_learner'), well: 0 },
  { series: ofReplica(index, 'paxoskv_members', 'role="voter"'), well: 3 },
]);

/** The same, but for what is given. */
export function threeBut(changes: readonly CaseSeries[]): CaseSeries[] {
  const changed = new Set(changes.map(({ series }) => series));
  return [...THREE_WELL.filter(({ series }) => !changed.has(series)), ...changes];
}

/** What the leader tells of replica 2. */
export const PEER = 'peer="00000000000c"';
export const PEER_INFO: CaseSeries = {
  series: ofReplica(
    0,
    'paxoskv_member_info',
    `${PEER},address="demo-2.demo-peers.shop.svc:7379",role="voter"`,
  ),
  well: 1,
};
export const PEER_LABELS = {
  ...CLUSTER_LABELS,
  peer: '00000000000c',
  address: 'demo-2.demo-peers.shop.svc:7379',
} as const;
