/** What the operator has seen. */
import {
  boolean,
  choice,
  integer,
  list,
  optional,
  record,
  required,
  text,
  time,
  type ValueOf,
} from '../schema/description.ts';
import { CONDITION, type Condition } from './conditions.ts';

const CONDITIONS_MAX = 32;
/** A configuration has no room for more. */
const MEMBERS_MAX = 64;
const COUNT = { min: 0, max: 2 ** 31 - 1 };
const SLOTS = { min: 0, max: Number.MAX_SAFE_INTEGER };

const clusterId = text('The id of the cluster: 32 hexadecimal digits.', { charactersMax: 32 });
const replicaId = text('The id of a replica: 12 hexadecimal digits.', { charactersMax: 12 });
const podName = text('The name of a pod.', { charactersMax: 253 });

const MEMBER = record('One member of the cluster.', {
  id: required(replicaId),
  pod: optional(podName),
  role: required(
    choice('Leader and Voter have a vote; a Learner gets everything and has none yet.', [
      'Leader',
      'Voter',
      'Learner',
    ]),
  ),
  lag: optional(integer('How many slots it is behind the leader; absent: not known.', SLOTS)),
  version: optional(text('The release that it runs; absent: not known.', { charactersMax: 128 })),
  ready: required(boolean('Whether its pod is ready.')),
});

export type MemberStatus = ValueOf<typeof MEMBER>;

export const STATUS = record(
  'What the operator has seen.',
  {
    observedGeneration: optional(integer('Of which generation of the spec this speaks.', SLOTS)),
    conditions: optional(
      list('What can be said about the cluster.', CONDITION, { itemsMax: CONDITIONS_MAX, keys: ['type'] }),
    ),
    clusterId: optional(clusterId),
    bootstrap: optional(
      record(
        'Who founds the cluster. Written before it is told to, and never changed.',
        {
          clusterId: required(clusterId),
          seed: required(replicaId),
        },
        {
          transitions: [{ cel: 'self == oldSelf', must: 'must stay as it is: a cluster is founded once' }],
        },
      ),
    ),
    recovery: optional(
      record('How the cluster goes on after its quorum was lost, once somebody has ordered it.', {
        request: required(text('The annotation that was obeyed.', { charactersMax: 1_024 })),
        fromCluster: required(clusterId),
        toCluster: required(clusterId),
        seedPod: required(podName),
        survivors: required(list('The pods whose volumes were named.', podName, { itemsMax: MEMBERS_MAX })),
        done: required(boolean('Whether the new cluster has answered.')),
        startedAt: required(time('When it was decided.')),
      }),
    ),
    refusedRecovery: optional(
      record(
        'The last order to recover that was refused; while its annotation stays as it is, it has no effect.',
        {
          request: required(text('The annotation, or its beginning.', { charactersMax: 1_025 })),
          message: required(text('Why, for people.', { charactersMax: 32_768 })),
        },
      ),
    ),
    replicas: optional(integer('How many pods there are.', COUNT)),
    readyReplicas: optional(integer('How many of them are ready.', COUNT)),
    updatedReplicas: optional(integer('How many of them run what the spec says.', COUNT)),
    ready: optional(text('Ready pods of those asked for: 3/3.', { charactersMax: 16 })),
    selector: optional(text('Which pods, for whoever scales by them.', { charactersMax: 1_024 })),
    leader: optional(podName),
    members: optional(
      list('The members, voters and learners.', MEMBER, { itemsMax: MEMBERS_MAX, keys: ['id'] }),
    ),
    binding: optional(
      record('The Secret with everything that a client needs to connect (servicebinding.io).', {
        name: required(text('Its name.', { charactersMax: 253 })),
      }),
    ),
  },
  {
    transitions: [
      {
        cel: '!has(oldSelf.bootstrap) || has(self.bootstrap)',
        must: 'must stay once it is there: a cluster is founded once',
        field: 'bootstrap',
      },
    ],
  },
);

export type PaxosClusterStatus = Omit<ValueOf<typeof STATUS>, 'conditions'> & {
  readonly conditions?: readonly Condition[];
};
