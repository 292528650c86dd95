/** Reads server-sent events: what `GET /v1/watch` answers with. */
import type { IncomingMessage } from 'node:http';

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** One change is not larger than what one transaction may write. */
const EVENT_CHARACTERS_MAX = 64 * 1024 * 1024;

/** Comments and events without data are left out. Ends when the stream does; throws when the connection breaks. */
export async function* eventsOf(response: IncomingMessage): AsyncGenerator<ServerSentEvent> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > EVENT_CHARACTERS_MAX) throw new Error('an event never ends');
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parseEvent(text.slice(0, end));
      text = text.slice(end + 2);
      if (event !== undefined) yield event;
    }
  }
}

function parseEvent(block: string): ServerSentEvent | undefined {
  let event = 'message';
  let data: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    if (line.startsWith('data: '))
      data = (data === undefined ? '' : `${data}\n`) + line.slice('data: '.length);
  }
  return data === undefined ? undefined : { event, data };
}
