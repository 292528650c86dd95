/** Bytes in JSON: text where they are valid UTF-8, else base64 with a member beside it that says so. */
import { isUtf8 } from 'node:buffer';

/** As the HTTP door writes them: `{"value":"…"}`, or `{"value":"…","valueEncoding":"base64"}`. */
export function bytesFields(name: string, bytes: Buffer): Record<string, string> {
  if (isUtf8(bytes)) return { [name]: bytes.toString('utf8') };
  return { [name]: bytes.toString('base64'), [`${name}Encoding`]: 'base64' };
}

/** The bytes of such a member; undefined when it is absent or no text. */
export function bytesIn(record: Readonly<Record<string, unknown>>, name: string): Buffer | undefined {
  const text = record[name];
  if (typeof text !== 'string') return undefined;
  return Buffer.from(text, record[`${name}Encoding`] === 'base64' ? 'base64' : 'utf8');
}
