/** What is known of one client: what it said about itself, and the modes that it switched on. */
import type { Secret } from '../auth/secret.ts';
import type { Protocol } from './answer.ts';

/** `skipNext` silences the command after `CLIENT REPLY SKIP`, not that command itself: it has no answer anyway. */
export type ReplyMode = 'on' | 'off' | 'skipNext';

export class Client {
  /** Unique within the process, growing. */
  readonly id: number;
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Wall clock. */
  readonly connectedAtMs: number;
  name = '';
  libraryName = '';
  libraryVersion = '';
  protocol: Protocol = 2;
  replyMode: ReplyMode = 'on';
  /** `READONLY` was sent: a follower's cluster port may answer reads itself. */
  readOnly = false;
  /** False until a password was given, where one is needed. */
  authenticated = true;
  /** The one that was given. */
  password: Secret | undefined;
  lastCommand = '';
  /** Wall clock. */
  lastRequestAtMs: number;
  /** Commands queued since MULTI, or -1 outside of a transaction. */
  queuedCommands = -1;
  watchedKeys = 0;

  constructor(id: number, remoteAddress: string, localAddress: string, connectedAtMs: number) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.localAddress = localAddress;
    this.connectedAtMs = connectedAtMs;
    this.lastRequestAtMs = connectedAtMs;
  }

  /** Back to how it came in; the transaction's state is the connection's to reset. */
  reset(): void {
    this.name = '';
    this.protocol = 2;
    this.replyMode = 'on';
    this.readOnly = false;
  }
}
