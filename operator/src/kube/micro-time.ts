/**
 * Kubernetes' MicroTime: the only form of time that a Lease and an Event accept. With three digits after the
 * point, as `toISOString()` gives them, the server answers 400.
 */
export function microTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z');
}
