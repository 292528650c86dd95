/** The stories, in the order in which they are told: each is the file of this name. A test sees to it that none is missing here. */
export interface Story {
  readonly name: string;
  /** `smoke`: quick, and told with every change. `measure`: long, and told only when it is asked for. */
  readonly labels: readonly ('smoke' | 'measure')[];
}

export const STORIES: readonly Story[] = [
  { name: 'install', labels: ['smoke'] },
  { name: 'leader-killed', labels: ['smoke'] },
  { name: 'volume-lost', labels: ['smoke'] },
  { name: 'rolling-update', labels: ['smoke'] },
  { name: 'scaled', labels: [] },
  { name: 'bad-image', labels: [] },
  { name: 'all-pods-lost', labels: ['smoke'] },
  { name: 'pods-deleted', labels: [] },
  { name: 'operator-gone', labels: [] },
  { name: 'quorum-lost', labels: [] },
  { name: 'alerts', labels: [] },
  { name: 'console', labels: [] },
  { name: 'restored', labels: [] },
  { name: 'deleted', labels: [] },
  { name: 'drained', labels: [] },
  { name: 'encrypted', labels: [] },
  { name: 'operator-takeover', labels: [] },
  { name: 'operator-uninstalled', labels: [] },
  { name: 'operator-upgraded', labels: [] },
  { name: 'installed-cluster-wide', labels: [] },
  { name: 'at-rest', labels: [] },
  { name: 'hundred-clusters', labels: [] },
  { name: 'leader-kills', labels: ['measure'] },
  { name: 'soak', labels: ['measure'] },
];
