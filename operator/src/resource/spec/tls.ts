/** Certificates of the replicas. */
import { choice, defaulted, optional, record, required, text, matching } from '../schema/description.ts';
import { objectName } from '../schema/names.ts';

export const TLS = record(
  'With it all ports speak TLS, and nothing else. It is decided when the cluster is made.',
  {
    secretName: optional(
      objectName(
        'A Secret of the same namespace with tls.crt, tls.key and ca.crt. The certificate must hold *.<name>-peers.<namespace>.svc and the names of the Services, for servers and clients.',
      ),
    ),
    certManager: optional(
      record('cert-manager makes the certificate, as the Secret <name>-tls.', {
        issuerRef: required(
          record('Who signs it. It must be an issuer that writes ca.crt.', {
            name: required(objectName('Its name.')),
            kind: defaulted(choice('Its kind.', ['Issuer', 'ClusterIssuer']), 'Issuer'),
            group: defaulted(
              text('The group of its kind.', {
                charactersMax: 253,
                rules: [
                  matching(
                    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
                    'must be an API group such as cert-manager.io',
                  ),
                ],
              }),
              'cert-manager.io',
            ),
          }),
        ),
      }),
    ),
    clientAuthoritySecretName: optional(
      objectName(
        'A Secret with ca.crt: clients must show a certificate that this authority has signed. Without it they show none.',
      ),
    ),
  },
  {
    rules: [
      {
        cel: 'has(self.secretName) != has(self.certManager)',
        holds: ({ secretName, certManager }) => (secretName === undefined) !== (certManager === undefined),
        must: 'must have either secretName or certManager, not both and not neither',
      },
    ],
  },
);
