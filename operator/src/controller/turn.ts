/**
 * One turn for one cluster: look → decide → do → tell. Nothing is decided here but the order, and that what can't be taken back is looked at a second time, without a cache in between.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Forbidden, type Invalid, isRefusal } from '../kube/failures.ts';
import { decide } from '../plan/decide.ts';
import { type Action, type Decision, deservesSecondLook, type PlannedEvent } from '../plan/decision.ts';
import type { Observed, RecordedStatus } from '../plan/observed.ts';
import { type ApplyRefusal, isHeldBack, Refused, withBudget, withRefusals } from './refusals.ts';

export interface Eyes {
  /** As the caches have it; undefined when the cluster is gone. Replicas are asked just now. */
  look(): Promise<Observed | undefined>;
  /** As the API server has it. */
  lookAgain(): Promise<Observed | undefined>;
}

export interface Hands {
  /** Makes the owned objects what they ought to be; writes those only that are not. Returns what the API server refuses. */
  applyObjects(decision: Decision & { readonly podCount: number }): Promise<readonly ApplyRefusal[]>;
  /** Fails when the cluster has another version by now than the one that the status was decided from. */
  writeStatus(status: RecordedStatus, resourceVersion: string): Promise<void>;
  /** Completes when it is done; throws `Refused` when the world says no, which the next look explains. */
  act(action: Action): Promise<void>;
  tell(event: PlannedEvent): void;
}

export interface TurnResult {
  /** Undefined: the cluster is gone, and nobody needs to look again. */
  readonly requeueAfterMs: number | undefined;
  readonly refused: Refused | undefined;
  /** Those that were carried out. */
  readonly done: readonly Action[];
}

export async function takeTurn(eyes: Eyes, hands: Hands): Promise<TurnResult> {
  const observed = await eyes.look();
  if (observed === undefined) return GONE;
  const decision = decide(observed);
  if (decision.actions.some(isIntent)) return await recordIntent(eyes, hands);
  const { status, events, requeueAfterMs } = decision;
  const podCount = await safePodCount(decision, observed, eyes);
  const refusals = podCount === undefined ? [] : await hands.applyObjects({ ...decision, podCount });
  const actions = decision.actions.filter((action) => !isHeldBack(action, refusals, observed, status));
  const { done, refused, failure } = await carryOut(actions, eyes, hands);
  const told = withRefusals(
    withBudget(status, refused),
    failure === undefined ? refusals : [...refusals, failure.refusal],
    observed,
  );
  if (!isDeepStrictEqual(told, observed.status)) await hands.writeStatus(told, observed.resourceVersion);
  if (failure !== undefined) throw failure.error;
  if (refused === undefined && done.length === decision.actions.length)
    for (const event of events) hands.tell(event);
  const isRefused = refusals.length > 0;
  return {
    requeueAfterMs: isRefused ? Math.max(requeueAfterMs, REFUSED_PAUSE_MS) : requeueAfterMs,
    refused,
    done,
  };
}

/** What waits for an object that is refused need not be found out over and over. */
const REFUSED_PAUSE_MS = 2_000;

const GONE: TurnResult = { requeueAfterMs: undefined, refused: undefined, done: [] };

/** What is written once and for ever is not taken from a cache. */
async function recordIntent(eyes: Eyes, hands: Hands): Promise<TurnResult> {
  const observed = await eyes.lookAgain();
  if (observed === undefined) return GONE;
  const { actions, status, events, requeueAfterMs } = decide(observed);
  if (!actions.some(isIntent)) return { requeueAfterMs, refused: undefined, done: [] };
  await hands.writeStatus(status, observed.resourceVersion);
  for (const event of events) hands.tell(event);
  return { requeueAfterMs, refused: undefined, done: actions };
}

function isIntent({ kind }: Action): boolean {
  return kind === 'recordBootstrap' || kind === 'recordRecovery';
}

/** Fewer pods than before take volumes along: what the caches say is not enough for that. */
async function safePodCount(
  { podCount }: Decision,
  { statefulSet }: Observed,
  eyes: Eyes,
): Promise<number | undefined> {
  if (podCount === undefined || podCount >= (statefulSet?.replicas ?? 0)) return podCount;
  const again = await eyes.lookAgain();
  if (again === undefined) return undefined;
  const wanted = decide(again).podCount;
  return wanted === undefined ? undefined : Math.max(podCount, wanted);
}

interface CarriedOut {
  readonly done: Action[];
  readonly refused?: Refused;
  /** The API server said no for good: it is told, and thrown then, so that the next turn comes later each time. */
  readonly failure?: { readonly error: Invalid | Forbidden; readonly refusal: ApplyRefusal };
}

async function carryOut(actions: readonly Action[], eyes: Eyes, hands: Hands): Promise<CarriedOut> {
  const done: Action[] = [];
  for (const action of actions) {
    if (deservesSecondLook(action) && !(await isStillWanted(action, eyes))) continue;
    try {
      await hands.act(action);
    } catch (error) {
      if (error instanceof Refused) return { done, refused: error };
      if (!isRefusal(error)) throw error;
      return {
        done,
        failure: { error, refusal: { kind: 'action', name: action.kind, message: error.message } },
      };
    }
    done.push(action);
  }
  return { done };
}

/** A stale cache must not delete. */
async function isStillWanted(action: Action, eyes: Eyes): Promise<boolean> {
  const again = await eyes.lookAgain();
  return again !== undefined && decide(again).actions.some((other) => isDeepStrictEqual(other, action));
}
