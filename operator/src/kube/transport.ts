/**
 * How requests get to an API server and answers come back: the seam between what is asked and the network.
 * {@link HttpTransport} is the real one; a test may give another.
 */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; `application/json` if not given. A PATCH needs the one that says its kind. */
  readonly contentType?: string;
  /** Until the whole answer is here, or until a watch is open. */
  readonly timeoutMs?: number;
  /** Ends the request, or the watch, with the signal's reason as its error. */
  readonly signal?: AbortSignal;
}

export interface Transport {
  /**
   * The parsed answer.
   *
   * @throws {ApiError} when the server says no
   * @throws {RequestTimedOut | ConnectionFailed} when it says nothing; a write may have been done
   */
  request(request: ApiRequest): Promise<unknown>;
  /**
   * Opens a watch; resolves when the server has accepted it. The lines then come without a time limit:
   * the caller's signal is what ends a silent one. Leaving the loop closes the connection.
   */
  watch(request: ApiRequest): Promise<AsyncIterable<string>>;
}
