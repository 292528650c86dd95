/** A digest that is told wrong, a clock that is wrong, certificates that end. */
import { copyFileSync } from 'node:fs';
import { test } from 'node:test';
import { Authority, LOCAL_NAMES, withoutOpenssl } from '../../node/src/tls/testing/certificates.ts';
import { OPEN_ACCESS } from '../../node/src/access-options.ts';
import { prometheusMissing } from './testing/real-prometheus.ts';
import { consoleTells } from '../testing/console-tells.ts';
import { setFaults } from '../testing/machine-faults.ts';
import { SteadyLoad } from '../testing/steady-load.ts';
import { watchedCluster } from './testing/watched-cluster.ts';

const skip = prometheusMissing();

test('a digest that differs, and a clock that is ahead', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const leader = await cluster.leader();
  const load = new SteadyLoad(cluster, leader);
  const wrong = cluster.indexes.find((index) => index !== leader) as number;
  await cluster.kill(wrong);
  setFaults(cluster, wrong, { options: ['--debug-falsify-digests'], clockAheadMs: 60_000 });
  cluster.restart(wrong);
  await prometheus.fires('PaxosKVClockSkew');
  // At rest all replicas are compared at the same slot for good.
  await load.stop();
  await prometheus.fires('PaxosKVDigestsDiffer');
  await consoleTells(t, cluster, leader, 'digests-differ');
  await cluster.kill(wrong);
  setFaults(cluster, wrong);
  cluster.restart(wrong);
  await prometheus.resolves('PaxosKVClockSkew', 'PaxosKVDigestsDiffer');
});

test('a certificate that expires', { skip: skip ?? withoutOpenssl }, async (t) => {
  const authority = new Authority(t);
  const issue = (days: number) => authority.issue(LOCAL_NAMES, 'serverAuth,clientAuth', days);
  const files = issue(30);
  const replaceBy = (days: number): void => {
    const issued = issue(days);
    copyFileSync(issued.key, files.key);
    copyFileSync(issued.certificate, files.certificate);
  };
  const tls = { ...files, authority: authority.file, clientAuthority: undefined };
  const { prometheus } = await watchedCluster(t, 1, { access: { ...OPEN_ACCESS, tls } });
  replaceBy(2);
  await prometheus.fires('PaxosKVCertificateExpiresSoon');
  replaceBy(0);
  await prometheus.fires('PaxosKVCertificateExpires');
  replaceBy(30);
  await prometheus.resolves('PaxosKVCertificateExpiresSoon', 'PaxosKVCertificateExpires');
});
