/** Reads server-sent events as a client would: no more than the parts of the format that we send. */
import { eventuallyOf } from './patience.ts';

export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class EventStream {
  readonly events: StreamEvent[] = [];
  comments = 0;
  isOver = false;
  readonly #abort: AbortController;

  /** Rejects with the response's text when it is not a stream. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.headers.get('content-type') !== 'text/event-stream') {
      throw new Error(`${response.status} ${await response.text()}`);
    }
    return new EventStream(response, abort);
  }

  private constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    void this.#read(response);
  }

  close(): void {
    this.#abort.abort();
  }

  /** The first `count` events, once they have come. */
  async first(count: number): Promise<StreamEvent[]> {
    await eventuallyOf(() => this.events.length >= count || this.isOver);
    return this.events.slice(0, count);
  }

  async over(): Promise<void> {
    await eventuallyOf(() => this.isOver);
  }

  async #read(response: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch (error) {
      // The replica was killed, or the test has seen enough.
      if (!(error instanceof Error)) throw error;
    }
    this.isOver = true;
  }

  #take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) this.comments += 1;
      else fields.set(line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2));
    }
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({
      id: fields.get('id'),
      event: fields.get('event') ?? '',
      data: JSON.parse(data) as Record<string, unknown>,
    });
  }
}
