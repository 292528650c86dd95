/** What the live channel of a console says, as it comes. */
import assert from 'node:assert/strict';
import type { Frame } from '../console/frame.ts';

export async function* framesOf(response: Response): AsyncGenerator<Frame> {
  let text = '';
  assert(response.body !== null);
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      if (event.startsWith('event: frame\n')) yield JSON.parse(event.slice(event.indexOf('{'))) as Frame;
    }
  }
}
