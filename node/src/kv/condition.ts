/** What must hold of one key before our doors' commands change it, in terms of its revision. */
import { parseInteger } from './integer.ts';
import type { KeyRecord } from './key-record.ts';

/** `*`: any state in which the key exists. Else the revisions listed. */
export type Tags = '*' | readonly number[];

/**
 * A condition as two arguments of a command: `''` always holds; `absent` and `exists` speak for themselves; `match` wants
 * the revision that is expected; `tags` wants what `tagsText` says.
 */
export interface Condition {
  readonly kind: '' | 'absent' | 'exists' | 'match' | 'tags';
  readonly expected: string;
}

/** Undefined for a condition that does not exist. */
export function conditionHolds(
  present: KeyRecord | undefined,
  kind: string,
  expected: string,
): boolean | undefined {
  switch (kind) {
    case '':
      return true;
    case 'absent':
      return present === undefined;
    case 'exists':
      return present !== undefined;
    case 'match':
      return present !== undefined && present.modifyRevision === parseInteger(expected);
    case 'tags':
      return tagsHold(expected, present?.modifyRevision ?? 0);
    default:
      return undefined;
  }
}

/** The key must be named by the first (unless that is undefined), and must not be named by the second. */
export function tagsText(ifMatch: Tags | undefined, ifNoneMatch: Tags | undefined): string {
  return `${textOf(ifMatch)}|${textOf(ifNoneMatch)}`;
}

/** Whether tags name a key at `revision`; an absent one (0) is named by none. */
export function tagsName(tags: Tags, revision: number): boolean {
  return revision !== 0 && (tags === '*' || tags.includes(revision));
}

function tagsHold(expected: string, revision: number): boolean {
  const [ifMatch, ifNoneMatch] = expected.split('|').map(tagsOf);
  if (ifMatch !== undefined && !tagsName(ifMatch, revision)) return false;
  return ifNoneMatch === undefined || !tagsName(ifNoneMatch, revision);
}

/** A list without any revision in it names nothing, and is not the same as no list. */
function textOf(tags: Tags | undefined): string {
  if (tags === undefined) return '';
  return tags === '*' ? '*' : `=${tags.join(',')}`;
}

function tagsOf(text: string): Tags | undefined {
  if (text === '') return undefined;
  if (text === '*') return '*';
  return text === '=' ? [] : text.slice(1).split(',').map(Number);
}
