/** Rule 7: every condition is there from the first look on, says of which spec it speaks, and is `Unknown` when nobody knows. */
import type { Condition } from '../decision.ts';
import type { Course, Situation } from '../situation.ts';
import { availability } from './available.ts';
import { degradation } from './degraded.ts';
import { membersReady, membersUpdated } from './members.ts';
import { bootstrapped, monitoringReady, paused, secretsReady, specValid } from './plain-facts.ts';
import { progress } from './progressing.ts';
import { quorumAvailable } from './quorum-available.ts';
import { storageReady } from './storage-ready.ts';

export function conditionsOf(situation: Situation, course: Course): Condition[] {
  const quorum = quorumAvailable(situation);
  const ready = membersReady(situation);
  const updated = membersUpdated(situation);
  const storage = storageReady(situation);
  return [
    availability(situation, quorum),
    progress(situation, course, [ready, updated, storage]),
    degradation(situation, course, quorum),
    quorum,
    ready,
    updated,
    storage,
    secretsReady(situation),
    monitoringReady(situation),
    bootstrapped(situation),
    specValid(situation),
    paused(situation),
  ];
}
