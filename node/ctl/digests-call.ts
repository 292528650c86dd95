/** `GET /v1/digests` of a replica: its digest at each of the slots that it applied last. */
import type { Connections } from './connections.ts';
import type { SlotDigest } from './digest-comparison.ts';
import type { Endpoint } from './endpoint.ts';
import { failureOf, jsonObject, refusalOf } from './problem.ts';

/** Throws `CommandFailure`. */
export async function digestsOf(
  connections: Connections,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<readonly SlotDigest[]> {
  const answer = await connections.ask('admin', endpoint, { path: '/v1/digests', signal });
  if (answer.status !== 200) throw failureOf(endpoint, refusalOf(answer.status, answer.body));
  const digests = jsonObject(answer.body)?.['digests'];
  return Array.isArray(digests) ? (digests as readonly SlotDigest[]) : [];
}
