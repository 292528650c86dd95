/**
 * Preconditions of a request (RFC 9110, section 13), in terms of revisions. A key's entity tag is its
 * modification revision in quotes, `"42"`; revisions never recur, so the tag names one state for ever.
 */
import { InvalidInput } from '../errors.ts';
import { type Condition, type Tags, tagsName, tagsText } from '../kv/condition.ts';

/** Tags in one header, at most: a list is there to name the few states that a client has seen. */
const TAGS_MAX = 64;

/** Of tags only those that are revisions are kept: foreign ones match nothing. */
export interface Preconditions {
  readonly ifMatch: Tags | undefined;
  readonly ifNoneMatch: Tags | undefined;
}

/** Throws `InvalidInput` that names the header when it is not a list of entity tags. */
export function parsePreconditions(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): Preconditions {
  return {
    // If-Match compares strongly: a weak tag matches nothing (section 13.1.1).
    ifMatch: ifMatch === undefined ? undefined : parseTags('If-Match', ifMatch, false),
    ifNoneMatch: ifNoneMatch === undefined ? undefined : parseTags('If-None-Match', ifNoneMatch, true),
  };
}

/** The same as arguments of `kv.put` and `kv.delete`: the store itself judges, when the change is applied. */
export function conditionOf({ ifMatch, ifNoneMatch }: Preconditions): Condition {
  if (ifMatch === undefined && ifNoneMatch === undefined) return { kind: '', expected: '' };
  return { kind: 'tags', expected: tagsText(ifMatch, ifNoneMatch) };
}

/** Which precondition is false for a key at `revision` (0: no such key); undefined when all hold. */
export function judge(
  preconditions: Preconditions,
  revision: number,
): 'If-Match' | 'If-None-Match' | undefined {
  const { ifMatch, ifNoneMatch } = preconditions;
  if (ifMatch !== undefined && !tagsName(ifMatch, revision)) return 'If-Match';
  if (ifNoneMatch !== undefined && tagsName(ifNoneMatch, revision)) return 'If-None-Match';
  return undefined;
}

export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/** An entity tag and the comma or end after it; empty list elements are allowed (section 5.6.1). */
const ELEMENT = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y;
const REVISION = /^[1-9]\d{0,15}$/;

function parseTags(header: string, text: string, weakToo: boolean): Tags {
  if (text.trim() === '*') return '*';
  const revisions: number[] = [];
  let tags = 0;
  ELEMENT.lastIndex = 0;
  while (ELEMENT.lastIndex < text.length) {
    const match = ELEMENT.exec(text);
    if (match === null) {
      throw new InvalidInput(header, text, 'must be * or a list of entity tags in quotes, such as "42"');
    }
    const [, weak, opaque] = match;
    if (opaque === undefined) continue;
    tags += 1;
    if (tags > TAGS_MAX) throw new InvalidInput(header, tags, `must list at most ${TAGS_MAX} entity tags`);
    if (REVISION.test(opaque) && (weak === undefined || weakToo)) revisions.push(Number(opaque));
  }
  if (tags === 0) throw new InvalidInput(header, text, 'must list at least one entity tag');
  return revisions;
}
