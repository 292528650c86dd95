/**
 * The secrets that the person at this page has typed: kept in this tab only, until it is closed, and sent as a header with
 * each request. They are never part of an address.
 */

/** @typedef {'cluster secret' | 'password'} SecretKind */

/** @param {SecretKind} kind @returns {string | undefined} */
export function secretOf(kind) {
  return sessionStorage.getItem(nameOf(kind)) ?? undefined;
}

/** @param {SecretKind} kind @param {string} secret */
export function remember(kind, secret) {
  sessionStorage.setItem(nameOf(kind), secret);
}

/** @param {SecretKind} kind */
export function forget(kind) {
  sessionStorage.removeItem(nameOf(kind));
}

/** @param {SecretKind | null} kind @returns {Record<string, string>} */
export function authorization(kind) {
  const secret = kind === null ? undefined : secretOf(kind);
  return secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
}

/** @param {SecretKind} kind */
function nameOf(kind) {
  return `paxoskv ${kind} ${location.pathname}`;
}
