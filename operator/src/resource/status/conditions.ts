/** What can be said about a cluster. Tools match on these names: none is ever renamed. */
import {
  choice,
  integer,
  optional,
  record,
  required,
  text,
  time,
  type ValueOf,
} from '../schema/description.ts';

/** Each is there from the first look on, as `Unknown` until something is known. */
export const CONDITION_TYPES = [
  /** Somebody leads and at least one pod is ready: clients are served. */
  'Available',
  /** What runs is not yet what is asked for, and the operator is at it. */
  'Progressing',
  /** Something needs a person, or has been less than it should be for too long. */
  'Degraded',
  /** A quorum of the voters answers. */
  'QuorumAvailable',
  /** Every member runs, is ready and has caught up, and there are as many as asked for. */
  'MembersReady',
  /** Every pod runs what the spec says. */
  'MembersUpdated',
  /** Every volume is bound and as large as asked for. */
  'StorageReady',
  /** The Secrets that the spec names are there and hold what they must. */
  'SecretsReady',
  /** The monitor that the spec asks for is there, or none is asked for. */
  'MonitoringReady',
  /** The cluster was founded: its id is known and never changes. */
  'Bootstrapped',
  /** The operator understands the spec. */
  'SpecValid',
  /** The operator changes nothing, on request. */
  'Paused',
] as const;

export type ConditionType = (typeof CONDITION_TYPES)[number];

/** As in Kubernetes itself. */
const MESSAGE_CHARACTERS_MAX = 32_768;
const REASON_CHARACTERS_MAX = 1_024;

export const CONDITION = record('One condition.', {
  type: required(text('Which one.', { charactersMax: 316 })),
  status: required(choice('Whether it holds.', ['True', 'False', 'Unknown'])),
  reason: required(text('Why, for programs.', { charactersMin: 1, charactersMax: REASON_CHARACTERS_MAX })),
  message: required(text('Why, for people.', { charactersMax: MESSAGE_CHARACTERS_MAX })),
  lastTransitionTime: required(time('Since when.')),
  observedGeneration: optional(
    integer('Of which generation of the spec it speaks.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
  ),
});

export type Condition = ValueOf<typeof CONDITION> & { readonly type: ConditionType };
