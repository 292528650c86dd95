/** A door that remembers what it was answered, in order. */
import { Failure, type Outcome, type ReplySink } from '../door.ts';

export class Outcomes implements ReplySink {
  readonly list: (readonly [token: number, outcome: string])[] = [];

  settle(token: number, outcome: Outcome): void {
    this.list.push([token, outcome instanceof Failure ? outcome.kind : JSON.stringify(outcome)]);
  }

  /** What has come since the last call. */
  take(): (readonly [token: number, outcome: string])[] {
    return this.list.splice(0);
  }
}
