/**
 * What the kubelet asks at the admin port. That port opens when the log has been read, and is alive as long as the event loop
 * turns; ready speaks of this replica alone, so that an election or a lost quorum takes no pod out of its Service.
 */

/** Reading a log and a snapshot of many gigabytes: half an hour. Ending it sooner would only make it begin again. */
const STARTUP = { periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 1_800 };
/** A minute without an answer: longer than a disk stalls, or a machine that is overloaded. */
const LIVENESS = { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 };
/** A replica that says that it is not ready is believed at once; one that can't be asked gets a second chance. */
const READINESS = { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 };

/** With TLS the kubelet asks through TLS, and looks at no certificate. */
export function probes(scheme: 'HTTP' | 'HTTPS') {
  const ask = (path: string) => ({ httpGet: { path, port: 'admin', scheme } });
  return {
    startupProbe: { ...ask('/livez'), ...STARTUP },
    livenessProbe: { ...ask('/livez'), ...LIVENESS },
    readinessProbe: { ...ask('/readyz'), ...READINESS },
  };
}
