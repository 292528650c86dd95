/**
 * The dashboards against a real Prometheus that scrapes live replicas and the operator, with the labels that the monitors attach:
 * every query of every panel is answered, for every choice of the variables, also with a replica down and with another
 * leader; and what is shown changes when a fault is made.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import {
  type Choices,
  type DashboardDocument,
  filledIn,
  type PanelQuery,
} from './testing/dashboard-queries.ts';
import { DashboardScene, OPERATOR_NAMESPACE, OPERATOR_POD } from './testing/dashboard-scene.ts';
import { prometheusMissing } from './testing/prometheus.ts';
import { RespConnection } from './testing/resp-connection.ts';

const FILES = path.join(import.meta.dirname, '../charts/paxoskv-operator/dashboards');
const [FLEET, CLUSTER, OPERATOR] = ['fleet', 'cluster', 'operator'].map(
  (name) => JSON.parse(readFileSync(path.join(FILES, `paxoskv-${name}.json`), 'utf8')) as DashboardDocument,
) as [DashboardDocument, DashboardDocument, DashboardDocument];

/** As answers that nobody reads: more than one client may leave unread. */
const [LARGE_BYTES, UNREAD_ANSWERS] = [4 * 1024 * 1024, 100];
const PODS = ['demo-0', 'demo-1', 'demo-2'];
const ONE_CLUSTER: Choices = { namespace: ['shop'], cluster: ['demo'] };
const FLEET_CHOICES: readonly Choices[] = [{}, ONE_CLUSTER];
const OPERATOR_CHOICES: readonly Choices[] = [
  {},
  { namespace: [OPERATOR_NAMESPACE] },
  { namespace: [OPERATOR_NAMESPACE], pod: [OPERATOR_POD] },
];

/** All of everything, and one of everything. */
function choicesOfCluster(pods: readonly string[]): Choices[] {
  return [{}, ONE_CLUSTER, ...pods.map((pod) => ({ ...ONE_CLUSTER, pod: [pod] }))];
}

const FURTHER_CHOICES: readonly Choices[] = [
  { namespace: ['shop'] },
  { namespace: ['shop', 'stage'], cluster: ['demo', 'single'], pod: ['demo-0', 'single-0'] },
  { namespace: ['stage'], cluster: ['single'] },
  { namespace: ['stage'], cluster: ['single'], pod: ['single-0'] },
];

test(
  'every panel has data, whatever is chosen and whoever leads',
  { skip: prometheusMissing() ?? false },
  async (t) => {
    const scene = await DashboardScene.set(t);
    for (const act of [
      variablesListWhatThereIs,
      whenAllIsWell,
      withAReplicaDown,
      withAnotherLeader,
      whenAClientGoesTooFar,
      whenTheOperatorFails,
    ]) {
      const startedMs = performance.now();
      await act(scene);
      t.diagnostic(`${act.name}: ${Math.round(performance.now() - startedMs)} ms`);
    }
  },
);

async function variablesListWhatThereIs(scene: DashboardScene): Promise<void> {
  assert.deepEqual(await scene.listed(CLUSTER), {
    namespace: ['shop', 'stage'],
    cluster: ['demo', 'single'],
    pod: [...PODS, 'single-0'],
  });
  assert.deepEqual(await scene.listed(FLEET), { namespace: ['shop'], cluster: ['demo'] });
  assert.deepEqual(await scene.listed(OPERATOR), { namespace: [OPERATOR_NAMESPACE], pod: [OPERATOR_POD] });
}

async function whenAllIsWell(scene: DashboardScene): Promise<void> {
  assert.deepEqual(await scene.faults(CLUSTER, [...choicesOfCluster(PODS), ...FURTHER_CHOICES]), []);
  assert.deepEqual(await scene.faults(FLEET, FLEET_CHOICES), []);
  assert.deepEqual(await scene.faults(OPERATOR, OPERATOR_CHOICES), []);
  await scene.shows(CLUSTER, 'Commands', (rate) => rate > 5);
  await scene.shows(CLUSTER, 'Commands unanswered', (share) => share === 0);
  await scene.shows(CLUSTER, 'Voters to spare', (count) => count === 1, ONE_CLUSTER);
  await scene.shows(FLEET, 'Clusters', (count) => count === 1);
  await scene.shows(FLEET, 'Replicas that do not answer', (count) => count === 0);
  await scene.shows(OPERATOR, 'Leads', (count) => count === 1);
  await scene.shows(OPERATOR, 'Failed requests', (rate) => rate === 0);
}

async function withAReplicaDown(scene: DashboardScene): Promise<void> {
  const { demo } = scene;
  const lost = ((await demo.leader()) + 1) % PODS.length;
  const pod = `demo-${lost}`;
  await demo.kill(lost);
  await scene.shows(FLEET, 'Replicas that do not answer', (count) => count === 1);
  await scene.shows(CLUSTER, 'Voters to spare', (count) => count === 0, ONE_CLUSTER);
  await scene.window();
  const ofTheLost: Choices = { ...ONE_CLUSTER, pod: [pod] };
  const mayBeEmpty = ({ expression }: PanelQuery, choice: Choices): boolean =>
    choice === ofTheLost && expression.includes('$pod');
  const choices = [...choicesOfCluster(PODS.filter((each) => each !== pod)), ofTheLost];
  assert.deepEqual(await scene.faults(CLUSTER, choices, mayBeEmpty), []);
  assert.deepEqual(await scene.faults(FLEET, FLEET_CHOICES), []);
  // Of the lost one itself it is said that it is lost.
  await scene.shows(CLUSTER, 'Replicas', (state) => state === 0, ofTheLost);
  demo.restart(lost);
  await demo.allReady();
}

async function withAnotherLeader(scene: DashboardScene): Promise<void> {
  const { demo, prometheus } = scene;
  const before = await demo.leader();
  await demo.kill(before);
  assert.notEqual(await demo.leader(), before);
  demo.restart(before);
  await demo.allReady();
  await scene.window();
  assert.deepEqual(await scene.faults(CLUSTER, choicesOfCluster(PODS)), []);
  assert.deepEqual(await scene.faults(FLEET, FLEET_CHOICES), []);
  await eventually('the panel names who leads now', async () => {
    const leaders = (await scene.shown(CLUSTER, 'Leader', ONE_CLUSTER)).map(({ metric }) => metric['pod']);
    const leader = `demo-${await demo.leader()}`;
    return leaders.length === 1 && leaders[0] === leader && leader !== `demo-${before}` ? true : undefined;
  });
  await scene.shows(CLUSTER, 'Changes of leader', (count) => count > 0, ONE_CLUSTER);
  const [annotation] = CLUSTER.annotations.list;
  assert.ok(annotation !== undefined);
  assert.notDeepEqual(await prometheus.lately(filledIn(annotation.expr, CLUSTER, {}, {}), 60), []);
}

async function whenAClientGoesTooFar(scene: DashboardScene): Promise<void> {
  const { redisPort } = scene.demo.address(0);
  const client = await RespConnection.open(redisPort);
  assert.equal(await client.ask('SET', 'large', 'v'.repeat(LARGE_BYTES)), '+OK\r\n');
  client.close();
  const deaf = connect({ port: redisPort, host: '127.0.0.1' });
  // What is closed by the other side is the point.
  deaf.on('error', () => undefined);
  deaf.pause();
  deaf.write('GET large\r\n'.repeat(UNREAD_ANSWERS));
  await scene.showsOf(
    CLUSTER,
    'Connections closed or refused, by reason',
    { reason: 'unread-answers' },
    (count) => count > 0,
  );
  deaf.destroy();
}

async function whenTheOperatorFails(scene: DashboardScene): Promise<void> {
  const { operator } = scene;
  operator.forgetVersions();
  await scene.showsOf(OPERATOR, 'Full lists', { why: 'recovery' }, (count) => count > 0);
  operator.refuseSecondCluster();
  await operator.loseSight();
  await scene.shows(OPERATOR, 'Failed requests', (rate) => rate > 0);
  await scene.shows(OPERATOR, 'Failed reconciles', (rate) => rate > 0);
  await scene.shows(FLEET, 'Clusters', (count) => count === 2);
  await scene.shows(FLEET, 'Without a known quorum', (count) => count === 2);
  assert.deepEqual(await scene.faults(OPERATOR, OPERATOR_CHOICES), []);
  operator.refuseThirdClusterAndEvents();
  await scene.showsOf(OPERATOR, 'Events that were dropped', {}, (count) => count > 0);
}
