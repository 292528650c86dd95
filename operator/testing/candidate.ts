/**
 * A process that takes part in a leader election and does nothing else, for tests that stop, kill and wake
 * whole processes. It prints `leading` when it leads, and ends when it loses or is told to.
 *
 *     node candidate.ts NAMESPACE IDENTITY LEASE_MS
 */
import { accessFromEnvironment } from '../src/kube/cluster-access.ts';
import { HttpTransport } from '../src/kube/http-transport.ts';
import { KubeApi } from '../src/kube/kube-api.ts';
import { LeaderElection } from '../src/kube/leader-election.ts';

const [namespace = '', identity = '', lease = ''] = process.argv.slice(2);
const leaseMs = Number(lease);
const transport = new HttpTransport({
  access: accessFromEnvironment(),
  userAgent: 'paxoskv-candidate/test',
  observer: () => {},
});
const election = new LeaderElection({
  api: new KubeApi({ transport, fieldManager: 'candidate', requestTimeoutMs: leaseMs / 3 }),
  lease: { namespace, name: 'candidates' },
  identity,
  onLost: (reason) => {
    console.error(reason);
    process.exit(1);
  },
  observer: () => {},
  timing: { leaseMs, renewDeadlineMs: (leaseMs * 2) / 3, retryMs: (leaseMs * 2) / 15 },
});

process.on('SIGTERM', () => {
  void election.stop().then(() => process.exit(0));
});
election.start();
await election.acquired();
console.log('leading');
