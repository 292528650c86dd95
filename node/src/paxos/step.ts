/** Collects what one event leads to, in the order in which a step's parts are performed. */
import type { ReplicaId } from './ballot.ts';
import type { Envelope, Fact, Message, ReadReady, Step } from './message.ts';

export class StepBuilder implements Step {
  readonly messages: Envelope[] = [];
  readonly facts: Fact[] = [];
  readonly afterwards: Envelope[] = [];
  readonly reads: ReadReady[] = [];

  /** Leaves at once: the message promises nothing. */
  send(to: ReplicaId, message: Message): void {
    this.messages.push({ to, message });
  }

  /** Leaves when every fact so far is durable. */
  sendAfterwards(to: ReplicaId, message: Message): void {
    this.afterwards.push({ to, message });
  }
}
