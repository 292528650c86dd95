/** Requests to the stand-in for an API server without a network. */
import { apiError, ConnectionFailed, RequestTimedOut } from '../src/kube/failures.ts';
import type { ApiRequest, Transport } from '../src/kube/transport.ts';
import type { FakeApiServer, Outcome } from './fake-api-server.ts';
import type { SeenRequest } from './requests.ts';

export function directTransport(server: FakeApiServer): Transport {
  return {
    async request(request) {
      // What is sent and what is answered share nothing, and no answer comes before its request was made.
      await Promise.resolve();
      request.signal?.throwIfAborted();
      return await answered(request, server.handle(seen(request)));
    },
    async watch(request) {
      await Promise.resolve();
      request.signal?.throwIfAborted();
      const lines = new Lines(request);
      const opened = server.openWatch(seen(request), lines);
      if (typeof opened !== 'function') return (await answered(request, opened)) as never;
      return lines.until(opened);
    },
  };
}

async function answered(request: ApiRequest, outcome: Outcome): Promise<unknown> {
  const asked = `${request.method} ${request.path}`;
  if (outcome === 'cut') throw new ConnectionFailed(asked, new Error('the connection broke'));
  if (outcome === 'hang') return await silence(request, asked);
  const text = JSON.stringify(outcome.body);
  if (outcome.status >= 400) throw apiError(asked, outcome.status, text);
  return JSON.parse(text) as unknown;
}

async function silence({ timeoutMs = 1_000, signal }: ApiRequest, asked: string): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new RequestTimedOut(asked, timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

function seen({ method, path, query = {}, body, contentType = 'application/json' }: ApiRequest): SeenRequest {
  return { method, path, query, body: body === undefined ? undefined : structuredClone(body), contentType };
}

/** What a watch has been told and its reader has not taken yet. */
class Lines {
  readonly #asked: string;
  readonly #signal: AbortSignal | undefined;
  readonly #lines: string[] = [];
  #ended: 'no' | 'well' | 'cut' = 'no';
  #wake: () => void = () => {};

  constructor({ method, path, signal }: ApiRequest) {
    this.#asked = `${method} ${path}`;
    this.#signal = signal;
  }

  line(text: string): void {
    this.#lines.push(text);
    this.#wake();
  }

  end(): void {
    this.#ended = 'well';
    this.#wake();
  }

  cut(): void {
    this.#ended = 'cut';
    this.#wake();
  }

  async *until(closed: () => void): AsyncGenerator<string> {
    const wake = (): void => this.#wake();
    this.#signal?.addEventListener('abort', wake);
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        const line = this.#lines.shift();
        if (line !== undefined) yield line;
        else if (this.#ended === 'cut') throw new ConnectionFailed(this.#asked, new Error('cut'));
        else if (this.#ended === 'well') return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#signal?.removeEventListener('abort', wake);
      closed();
    }
  }
}
