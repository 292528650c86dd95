import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answering,
  CLUSTER,
  FRESH,
  healthy,
  idOf,
  latchExample,
  memberExample,
  newborn,
  OTHER_CLUSTER,
  STRANGER_ID,
  withMembers,
  withPods,
} from '../../../testing/observed-example.ts';
import { NO_STATUS } from '../../../testing/world.ts';
import type { ConditionType } from '../../resource/status/conditions.ts';
import { decide } from '../decide.ts';
import type { Condition } from '../decision.ts';
import type { Observed } from '../observed.ts';

const conditionOf = (observed: Observed, type: ConditionType): Condition | undefined =>
  decide(observed).status.conditions.find((each) => each.type === type);
const [zero, one, two] = [memberExample(0), memberExample(1), memberExample(2)];
const waiting = (waitingReason: string) => ({ ready: false, running: false, waitingReason });
const pausedSpec = { replicas: 3, paused: true, rolls: true };
const silent = answering(healthy(), { 0: undefined, 1: undefined, 2: undefined });
const conflict = answering(healthy(3, { status: NO_STATUS }), { 2: { cluster: OTHER_CLUSTER } });
const learner = memberExample(2, { voter: false, lagSlots: 900 });
const recovering = latchExample({ fromCluster: OTHER_CLUSTER, toCluster: CLUSTER, done: true });

/** A look, and what a condition makes of it; the message may be looked at, too. */
const cases: [string, Observed, ConditionType, string, RegExp?][] = [
  ['pods are ready', healthy(), 'Available', 'True Serving'],
  [
    'no pod is ready',
    withPods(healthy(), { 0: { ready: false }, 1: { ready: false }, 2: { ready: false } }),
    'Available',
    'False NoPodReady',
  ],
  [
    'one pod is ready',
    withPods(healthy(), { 0: { ready: false }, 1: { ready: false } }),
    'Available',
    'True Serving',
  ],
  ['nobody answers', silent, 'Available', 'Unknown NoAnswer'],

  ['all is well', healthy(), 'Progressing', 'False AsAskedFor'],
  ['the spec is not understood', { ...healthy(), faults: ['no'] }, 'Progressing', 'False SpecInvalid'],
  ['it is paused', { ...healthy(), spec: pausedSpec }, 'Progressing', 'False Paused'],
  ['two clusters are found', conflict, 'Progressing', 'False ClusterIdMismatch'],

  ['all is well', healthy(), 'Degraded', 'False AllVotersThere'],
  [
    'a replica of another cluster answers',
    answering(healthy(), { 2: { cluster: OTHER_CLUSTER } }),
    'Degraded',
    'True ClusterIdMismatch',
    /demo-2 is of another cluster/,
  ],
  [
    'one of the cluster that was recovered from answers',
    {
      ...withPods(answering(healthy(), { 2: { cluster: OTHER_CLUSTER } }), {}),
      status: { ...healthy().status, recovery: recovering },
    },
    'Degraded',
    'True VoterMissing',
  ],
  [
    'a fresh one answers beside the members',
    answering(healthy(), { 2: FRESH }),
    'Degraded',
    'True VoterMissing',
  ],
  ['a quorum is lost', { ...silent, pods: [] }, 'Degraded', 'True QuorumLost'],
  ['nothing was founded', newborn(), 'Degraded', 'Unknown NotFounded'],
  [
    'nothing was founded, and a pod fails',
    withPods(newborn(), { 1: waiting('ImagePullBackOff') }),
    'Degraded',
    'True PodFailing',
    /demo-1: ImagePullBackOff/,
  ],
  [
    'a voter that is no pod is behind',
    withMembers(healthy(), [zero, one, two, memberExample(3, { host: 'db.example.com', connected: false })]),
    'Degraded',
    'True VoterMissing',
    /^replica 0*3|^replica \w{12} not there/,
  ],
  [
    'a voter is behind',
    withMembers(healthy(), [zero, one, memberExample(2, { lagSlots: 900 })]),
    'Degraded',
    'True VoterMissing',
    /^demo-2 not there/,
  ],
  [
    'a pod fails that is no voter',
    withPods(withMembers(answering(healthy(), { 2: undefined }), [zero, one]), {
      2: waiting('CrashLoopBackOff'),
    }),
    'Degraded',
    'True PodFailing',
  ],
  ...['ContainerCreating', 'PodInitializing'].map((reason): [string, Observed, ConditionType, string] => [
    `a pod is ${reason}`,
    withPods(withMembers(answering(healthy(), { 2: undefined }), [zero, one]), { 2: waiting(reason) }),
    'Degraded',
    'False AllVotersThere',
  ]),
  [
    'a pod that is being deleted fails',
    withPods(withMembers(answering(healthy(), { 2: undefined }), [zero, one]), {
      2: { ...waiting('Error'), deleting: true },
    }),
    'Degraded',
    'False AllVotersThere',
  ],

  ['all is well', healthy(), 'MembersReady', 'True AllMembersReady'],
  ['nothing was founded', newborn(), 'MembersReady', 'False NotFounded'],
  ['no leader is known', silent, 'MembersReady', 'Unknown NoLeader'],
  [
    'a place has no member',
    withMembers(healthy(), [zero, one]),
    'MembersReady',
    'False MemberMissing',
    /demo-2/,
  ],
  [
    'a member learns',
    withMembers(healthy(), [zero, one, learner]),
    'MembersReady',
    'False MemberLearning',
    /demo-2/,
  ],
  [
    'a member is behind',
    withMembers(healthy(), [zero, memberExample(1, { lagSlots: 900 }), two]),
    'MembersReady',
    'False MemberNotReady',
    /demo-1/,
  ],
  [
    "a member's pod is not ready",
    withPods(healthy(), { 1: { ready: false } }),
    'MembersReady',
    'False MemberNotReady',
  ],
  [
    'a member is no pod of this cluster',
    withMembers(healthy(), [zero, one, two, memberExample(3, { host: 'db.example.com' })]),
    'MembersReady',
    'False MemberLeaving',
  ],
  [
    'there is one more than asked for',
    { ...healthy(4), spec: { replicas: 3, paused: false, rolls: true } },
    'MembersReady',
    'False MemberLeaving',
  ],
  [
    'one that lost its volume is still a member',
    withMembers(answering(healthy(), { 2: { id: STRANGER_ID } }), [
      zero,
      one,
      two,
      memberExample(2, { id: STRANGER_ID }),
    ]),
    'MembersReady',
    'False MemberLeaving',
  ],

  ['all is well', healthy(), 'MembersUpdated', 'True AllPodsUpdated'],
  ['a pod is old', withPods(healthy(), { 1: { revision: 'old' } }), 'MembersUpdated', 'False PodsOutdated'],
  [
    'a pod is missing',
    { ...healthy(), pods: healthy().pods.slice(1) },
    'MembersUpdated',
    'False PodsMissing',
  ],
  [
    'nobody has seen the template',
    { ...healthy(), statefulSet: undefined },
    'MembersUpdated',
    'Unknown TemplateUnseen',
  ],

  ['all is well', healthy(), 'Bootstrapped', 'True ClusterFounded', new RegExp(CLUSTER)],
  ['nothing was founded', newborn(), 'Bootstrapped', 'False NotFounded', /no cluster was founded yet/],
  [
    'it is being founded',
    newborn(3, { status: { ...NO_STATUS, bootstrap: { clusterId: OTHER_CLUSTER, seed: idOf(0) } } }),
    'Bootstrapped',
    'False NotFounded',
    /is being founded/,
  ],
  ['all is well', healthy(), 'SpecValid', 'True Understood'],
  ['it is not understood', { ...healthy(), faults: ['a', 'b'] }, 'SpecValid', 'False SpecInvalid', /^a; b$/],
  ['all is well', healthy(), 'Paused', 'False NotAskedFor'],
  ['it is paused', { ...healthy(), spec: pausedSpec }, 'Paused', 'True AskedFor'],
  ['all is well', healthy(), 'SecretsReady', 'True AllThere'],
  [
    'one is missing',
    { ...healthy(), missingSecrets: ['a', 'b'] },
    'SecretsReady',
    'False SecretMissing',
    /^a; b$/,
  ],
  ['all is well', healthy(), 'MonitoringReady', 'True AsAskedFor'],
  [
    'its kind is not there',
    { ...healthy(), missingMonitoring: 'none' },
    'MonitoringReady',
    'False MonitorMissing',
  ],
  ['nobody answers', silent, 'QuorumAvailable', 'Unknown NoAnswer', /no answer from demo-0, demo-1, demo-2$/],
];

for (const [what, observed, type, wanted, message = /./] of cases) {
  test(`${type} when ${what}: ${wanted}`, () => {
    const found = conditionOf(observed, type);
    assert.equal(`${found?.status} ${found?.reason}`, wanted);
    assert.match(found?.message ?? '', message);
  });
}
