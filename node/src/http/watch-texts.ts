/**
 * Changes as JSON, written by hand: they are the bulk of what a watched replica sends, and most keys and values are plain text
 * that needs no escaping. An event that several live watches get is made into text once.
 */
import type { ChangeEvent } from '../watch/change-event.ts';
import { setBytes } from './json-bytes.ts';

/** Texts kept for the next watch that gets the same event; more than a turn hands over, as a rule. */
const KEPT_CHARS_MAX = 1024 * 1024;

/** What JSON and UTF-8 leave as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

export class WatchTexts {
  readonly #plain = new Map<ChangeEvent, string>();
  readonly #withPrevious = new Map<ChangeEvent, string>();
  #keptChars = 0;

  /** `"revision":7,"events":[…]`: the members of a change. */
  change(revision: number, events: readonly ChangeEvent[], previous: boolean): string {
    const texts = events.map((event) => this.#event(event, previous));
    return `"revision":${revision},"events":[${texts.join(',')}]`;
  }

  #event(event: ChangeEvent, previous: boolean): string {
    if (!event.isShared) return eventText(event, previous);
    const kept = previous ? this.#withPrevious : this.#plain;
    const known = kept.get(event);
    if (known !== undefined) return known;
    const text = eventText(event, previous);
    this.#keptChars += text.length;
    if (this.#keptChars > KEPT_CHARS_MAX) {
      this.#plain.clear();
      this.#withPrevious.clear();
      this.#keptChars = text.length;
    }
    kept.set(event, text);
    return text;
  }
}

function eventText(event: ChangeEvent, previous: boolean): string {
  if (event.kind === 'clear') return '{"type":"clear"}';
  let text = `{"type":"${event.kind}",${bytesText('key', event.key)}`;
  if (event.kind === 'put') {
    text += `,${bytesText('value', event.value)},"createRevision":${event.createRevision},"version":${event.version}`;
    if (event.expiresAtMs !== 0) text += `,"expiresAt":${event.expiresAtMs}`;
  }
  if (previous)
    text += event.previous === undefined ? ',"previous":null' : `,${bytesText('previous', event.previous)}`;
  return `${text}}`;
}

/** As `setBytes` does: text where the bytes are valid UTF-8, else base64 with a member beside it that says so. */
function bytesText(name: string, latin1: string): string {
  if (PLAIN.test(latin1)) return `"${name}":"${latin1}"`;
  const record: Record<string, unknown> = {};
  setBytes(record, name, latin1);
  return JSON.stringify(record).slice(1, -1);
}
