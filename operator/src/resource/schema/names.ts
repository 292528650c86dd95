/** The forms of names that Kubernetes knows, as descriptions. */
import { type Description, map, matching, type Rule, text } from './description.ts';

/** The longest name of an object. */
const OBJECT_NAME_CHARACTERS_MAX = 253;
/** `prefix/name`: a DNS name, a slash and 63 characters. */
const QUALIFIED_NAME_CHARACTERS_MAX = 317;
const LABEL_VALUE_CHARACTERS_MAX = 63;
/** All annotations of an object together may have 256 KiB. */
const ANNOTATION_CHARACTERS_MAX = 4_096;
/** More than anybody writes by hand, few enough for the API server to check. */
const ENTRIES_MAX = 32;

export function objectName(meaning: string): Description<string> {
  return text(meaning, {
    charactersMax: OBJECT_NAME_CHARACTERS_MAX,
    rules: [
      matching(
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
        'must be the name of an object: lower-case letters, digits, "-" and ".", such as my-secret',
      ),
    ],
  });
}

const QUALIFIED =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*[/])?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The key of a label, or of what has the same form. */
export function qualifiedName(meaning: string): Description<string> {
  return text(meaning, {
    charactersMax: QUALIFIED_NAME_CHARACTERS_MAX,
    rules: [
      matching(
        QUALIFIED,
        'must be the key of a label: at most 63 letters, digits, "-", "_" and ".", perhaps behind a domain and "/", such as example.com/team',
      ),
    ],
  });
}

/** May be empty. */
export function labelValue(meaning: string): Description<string> {
  return text(meaning, {
    charactersMax: LABEL_VALUE_CHARACTERS_MAX,
    rules: [
      matching(
        /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
        'must be the value of a label: letters, digits, "-", "_" and ".", with a letter or a digit at both ends',
      ),
    ],
  });
}

/** Labels of the user's own, beside those that the operator writes. */
export function ownLabels(meaning: string): Description<Readonly<Record<string, string>>> {
  return map(meaning, labelValue('The value of this label.'), {
    entriesMax: ENTRIES_MAX,
    rules: [QUALIFIED_KEYS, NOBODY_ELSES_KEYS],
  });
}

export function ownAnnotations(meaning: string): Description<Readonly<Record<string, string>>> {
  return map(meaning, text('Any text.', { charactersMax: ANNOTATION_CHARACTERS_MAX }), {
    entriesMax: ENTRIES_MAX,
    rules: [QUALIFIED_KEYS, NOBODY_ELSES_KEYS],
  });
}

/** Labels to look for, whoever wrote them. */
export function soughtLabels(meaning: string): Description<Readonly<Record<string, string>>> {
  return map(meaning, labelValue('The value to look for.'), {
    entriesMax: ENTRIES_MAX,
    rules: [QUALIFIED_KEYS],
  });
}

const QUALIFIED_KEYS: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(key, key.matches(r'${QUALIFIED.source}'))`,
  holds: (entries) => Object.keys(entries).every((key) => QUALIFIED.test(key)),
  must: 'must have keys of at most 63 letters, digits, "-", "_" and ".", perhaps behind a domain and "/", such as example.com/team',
};

const NOBODY_ELSES_KEYS: Rule<Readonly<Record<string, string>>> = {
  cel: "self.all(key, !key.startsWith('app.kubernetes.io/') && !key.startsWith('paxoskv.dev/'))",
  holds: (entries) =>
    Object.keys(entries).every(
      (key) => !key.startsWith('app.kubernetes.io/') && !key.startsWith('paxoskv.dev/'),
    ),
  must: 'must leave app.kubernetes.io/ and paxoskv.dev/ to the operator: use a domain of your own, such as example.com/team',
};
