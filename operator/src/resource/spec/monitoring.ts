/** What the Prometheus operator is told. */
import { choice, defaulted, matching, optional, record, text } from '../schema/description.ts';
import { ownLabels } from '../schema/names.ts';

export const MONITORING = record("What the Prometheus operator is told about the replicas' metrics.", {
  monitor: defaulted(
    choice(
      'Which object is made for it. Where its kind does not exist, the cluster works without, and a condition says so.',
      ['None', 'ServiceMonitor', 'PodMonitor'],
    ),
    'None',
  ),
  labels: optional(ownLabels('Labels of that object, by which a Prometheus picks it.')),
  interval: defaulted(
    text('How often metrics are read.', {
      charactersMax: 8,
      rules: [matching(/^[1-9][0-9]{0,4}(s|m)$/, 'must be seconds or minutes, such as 30s or 1m')],
    }),
    '30s',
  ),
});
