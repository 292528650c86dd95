/**
 * What the runtime tells its observers (metrics, log lines): one union, one function. The code that does
 * the work does not know who listens.
 */
export type RuntimeEvent =
  /** A request ended; `code` is the HTTP status, or `<error>` when there was no answer. */
  | {
      readonly kind: 'requestDone';
      readonly method: string;
      readonly host: string;
      readonly code: string;
      readonly durationMs: number;
    }
  /** An informer knows all objects of its kind, again or for the first time. */
  | {
      readonly kind: 'listed';
      readonly resource: string;
      readonly objects: number;
      readonly why: 'first' | 'periodic' | 'recovery';
    }
  /** A list or a watch failed; the informer tries again after the delay. */
  | {
      readonly kind: 'informerFailed';
      readonly resource: string;
      readonly error: Error;
      readonly retryInMs: number;
    }
  | { readonly kind: 'dequeued'; readonly controller: string; readonly waitedMs: number }
  | {
      readonly kind: 'reconciled';
      readonly controller: string;
      readonly key: string;
      readonly result: 'success' | 'requeue_after' | 'error';
      readonly durationMs: number;
      /** When it is looked at again, if that is known. */
      readonly nextInMs: number | undefined;
      readonly error: Error | undefined;
    }
  | {
      readonly kind: 'leadership';
      readonly lease: string;
      readonly state: 'following' | 'leading' | 'released' | 'lost';
      readonly detail: string;
    }
  /** A look at the lease, or its renewal, failed; tried again while there is time. */
  | { readonly kind: 'leaseFailed'; readonly lease: string; readonly error: Error }
  /** An Event could not be told to the API server, or there were too many about one object. */
  | { readonly kind: 'eventDropped'; readonly about: string; readonly reason: string; readonly why: string };

export type RuntimeObserver = (event: RuntimeEvent) => void;
