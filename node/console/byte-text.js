/** Bytes as people read them: as text where they are text, else in hexadecimal digits. */
import { arrayOf } from './key-store.js';

// A mark of the byte order is part of the value, like all else.
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });
const HEX_PER_LINE = 16;
/** As much of a key as anybody reads. */
const KEY_CHARACTERS_MAX = 200;

/** @param {Uint8Array} bytes */
export function isText(bytes) {
  try {
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    return !/[\u0000-\u0008\u000e-\u001f]/.test(STRICT.decode(bytes));
  } catch {
    // Not UTF-8.
    return false;
  }
}

/** Whether it comes out of a text field as it went in: there each end of a line becomes LF. @param {Uint8Array} bytes */
export function isEditable(bytes) {
  if (!isText(bytes)) return false;
  const kept = new TextEncoder().encode(textOf(bytes).replaceAll(/\r\n?/g, '\n'));
  return kept.length === bytes.length && kept.every((byte, index) => byte === bytes[index]);
}

/** @param {Uint8Array} bytes */
export function textOf(bytes) {
  return LENIENT.decode(bytes);
}

/** Offset, bytes and what of them is ASCII. @param {Uint8Array} bytes */
export function hexOf(bytes) {
  const lines = [];
  for (let offset = 0; offset < bytes.length; offset += HEX_PER_LINE) {
    const line = [...bytes.subarray(offset, offset + HEX_PER_LINE)];
    const digits = line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = line.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${offset.toString(16).padStart(6, '0')}  ${digits.padEnd(HEX_PER_LINE * 3 - 1)}  ${letters}`);
  }
  return lines.join('\n');
}

/** A key on one line, with nothing in it that looks like something else. @param {string} key one byte per character */
export function keyText(key) {
  if (key === '') return '(empty)';
  const shown = Array.from(wholeKeyText(key));
  if (shown.length <= KEY_CHARACTERS_MAX) return shown.join('');
  return `${shown.slice(0, KEY_CHARACTERS_MAX).join('')}… (${key.length} bytes)`;
}

/** @param {string} key */
function wholeKeyText(key) {
  const bytes = arrayOf(key);
  if (isText(bytes)) {
    return textOf(bytes)
      .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`)
      .replaceAll(/^ | $| (?= )/g, '␣');
  }
  return key.replaceAll(
    /[^\u0020-\u007e]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
