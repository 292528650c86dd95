/** Bytes in JSON: text where they are valid UTF-8, else base64 with a field beside it that says so. */
import { isUtf8 } from 'node:buffer';

/**
 * Sets `record[name]`, and `record[name + 'Encoding'] = 'base64'` when the bytes are not valid UTF-8.
 * The encoding field is absent for text, so that the common case reads as people expect.
 */
export function setBytes(record: Record<string, unknown>, name: string, latin1: string): void {
  const bytes = Buffer.from(latin1, 'latin1');
  if (isUtf8(bytes)) {
    record[name] = bytes.toString('utf8');
    return;
  }
  record[name] = bytes.toString('base64');
  record[`${name}Encoding`] = 'base64';
}
