/**
 * What somebody orders by `paxoskv.dev/recover: demo=demo-0,demo-2`, and why it is refused. Every volume that may hold what others
 * lack must be named or be gone: a pod that merely starts is no proof of a loss. A refused order is remembered in the status, or it
 * would lie in wait for the day on which it could be obeyed, when nobody thinks of it any more.
 */
import { type Observed, ordinalOf, podName, type RefusedRecovery } from '../observed.ts';
import { reportsOf } from '../view.ts';

/** The status has no room for more: seven pods have hundreds. */
const REQUEST_CHARACTERS_MAX = 1_024;
const RECOVER_ANNOTATION = 'paxoskv.dev/recover';

/** The survivors' pods, or what is wrong with the request. */
export function parseRequest(request: string, cluster: string): string[] | string {
  if (request.length > REQUEST_CHARACTERS_MAX) {
    return `the annotation ${RECOVER_ANNOTATION} must have at most ${REQUEST_CHARACTERS_MAX} characters`;
  }
  const [name, list, ...rest] = request.split('=');
  const form = `write ${RECOVER_ANNOTATION}: ${cluster}=${cluster}-0, with all pods whose volumes are left after the equals sign`;
  if (name?.trim() !== cluster || list === undefined || rest.length > 0) {
    return `the annotation ${RECOVER_ANNOTATION} must repeat the cluster's name: ${form}`;
  }
  const survivors = list.split(',').map((each) => each.trim());
  const stranger = survivors.find((each) => ordinalOf(cluster, each) === undefined);
  if (stranger !== undefined) return `${JSON.stringify(stranger)} is no pod of ${cluster}: ${form}`;
  return [...new Set(survivors)].toSorted();
}

/** Why these can't be the survivors; undefined when they are all that is left. */
export function faultOf(
  survivors: readonly string[],
  observed: Observed,
  clusterId: string,
): string | undefined {
  const holders = holdersOf(observed, clusterId);
  const unknown = survivors.find((name) => !holders.has(name));
  if (unknown !== undefined) return `${unknown} has no volume with a replica of cluster ${clusterId}`;
  const unnamed = (name: string): boolean => !survivors.includes(name);
  const answering = reportsOf(observed, clusterId)
    .map(([name]) => name)
    .find(unnamed);
  if (answering !== undefined) {
    return `${answering} answers, too, and may hold what the others lack: ${remedy(observed, answering)}`;
  }
  const kept = [...holders].find(unnamed);
  if (kept !== undefined) {
    return `the volume of ${kept} is there, and may hold what the others lack: ${remedy(observed, kept)}`;
  }
  const silent = observed.pods.find(
    ({ name, running }) =>
      running && unnamed(name) && !observed.reports.has(name) && volumeOf(observed, name)?.deleting !== true,
  );
  if (silent === undefined) return undefined;
  return `${silent.name} runs and does not answer, and may hold what the others lack: ${remedy(observed, silent.name)}`;
}

/** The pods whose volumes hold a replica of this cluster, as far as anybody can tell. */
function holdersOf(observed: Observed, clusterId: string): Set<string> {
  const holders = new Set<string>();
  for (const { ordinal, deleting, ...volume } of observed.volumes) {
    if (deleting) continue;
    const name = podName(observed.name, ordinal);
    const report = observed.reports.get(name);
    const isAnnotated = volume.clusterId === clusterId && volume.replicaId !== undefined;
    // Whoever answers there as somebody else has found it empty.
    const isEmpty = report !== undefined && report.id !== volume.replicaId;
    if (report?.cluster === clusterId || (isAnnotated && !isEmpty)) holders.add(name);
  }
  return holders;
}

function remedy(observed: Observed, pod: string): string {
  const claim = volumeOf(observed, pod)?.name;
  return `name it, damaged as it may be; or, if nothing of it can be read, delete its volume${claim === undefined ? '' : ` (claim ${claim})`} and its pod`;
}

function volumeOf(observed: Observed, pod: string): Observed['volumes'][number] | undefined {
  return observed.volumes.find(({ ordinal }) => ordinal === ordinalOf(observed.name, pod));
}

/** So that it can be told again from another one, however long it is. */
function rememberedText(request: string): string {
  return request.slice(0, REQUEST_CHARACTERS_MAX + 1).toWellFormed();
}

/** Why the annotation, as it stands there, has been refused before. */
export function refusalOf({ recover, status }: Observed): RefusedRecovery | undefined {
  const refused = status.refusedRecovery;
  return recover !== undefined && refused?.request === rememberedText(recover) ? refused : undefined;
}

export function refusal(request: string, why: string): RefusedRecovery {
  return {
    request: rememberedText(request),
    message: `${why}. This order has no effect any more: take the annotation ${RECOVER_ANNOTATION} away, and when this is no longer said, set it again`,
  };
}
