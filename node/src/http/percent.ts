/**
 * Percent-encoding between URLs and keys. Keys are bytes, held one per character (latin1), and Node.js
 * hands URLs over in the same way; `decodeURIComponent` would insist on UTF-8.
 */

/** The bytes that `text` stands for; undefined when a `%` is not followed by two hexadecimal digits. */
export function percentDecode(text: string): string | undefined {
  let percent = text.indexOf('%');
  if (percent < 0) return text;
  let decoded = '';
  let start = 0;
  while (percent >= 0) {
    const byte = hexadecimalByte(text.charCodeAt(percent + 1), text.charCodeAt(percent + 2));
    if (byte < 0) return undefined;
    decoded += text.slice(start, percent) + String.fromCharCode(byte);
    start = percent + 3;
    percent = text.indexOf('%', start);
  }
  return decoded + text.slice(start);
}

/** The same for one part of a query or of a form, where `+` stands for a space. */
export function formDecode(text: string): string | undefined {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Writes bytes so that they pass through every URL parser unchanged: only unreserved characters stay. */
export function percentEncode(bytes: string): string {
  let encoded = '';
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes.charCodeAt(index);
    encoded += isUnreserved(byte)
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function hexadecimalByte(high: number, low: number): number {
  const highDigit = hexadecimalDigit(high);
  const lowDigit = hexadecimalDigit(low);
  return highDigit < 0 || lowDigit < 0 ? -1 : highDigit * 16 + lowDigit;
}

function hexadecimalDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** RFC 3986 section 2.3: letters, digits and `- . _ ~`. */
function isUnreserved(byte: number): boolean {
  const lower = byte | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f ||
    byte === 0x7e
  );
}
