/** Bytes as they come from a connection → the lines of text in them. */
import { StringDecoder } from 'node:string_decoder';
import { BadAnswer } from './failures.ts';

/** An object is at most 1.5 MiB in etcd; as JSON in a watch event it is a little more. */
const LINE_CHARACTERS_MAX = 16 * 1024 * 1024;

/**
 * Each full line without its end; what follows the last line end is half a line of a cut connection, and is
 * dropped.
 *
 * @throws {BadAnswer} when a line is longer than any object
 */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest: string[] = [];
  let restCharacters = 0;
  for await (const chunk of chunks) {
    const parts = decoder.write(chunk).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const line = rest.join('') + part;
      rest = [];
      restCharacters = 0;
      if (line.trim() !== '') yield line;
    }
    rest.push(last);
    restCharacters += last.length;
    if (restCharacters > LINE_CHARACTERS_MAX) {
      throw new BadAnswer(`a watch event of more than ${LINE_CHARACTERS_MAX} characters`);
    }
  }
}
