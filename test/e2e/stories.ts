/** The stories, in the order in which they are told. Each is a file of this name; `npm run test:e2e -- --story LABEL` tells those with a label. */
export interface Story {
  readonly name: string;
  readonly labels: readonly string[];
}

export const STORIES: readonly Story[] = [
  { name: 'install', labels: ['smoke'] },
  { name: 'leader-killed', labels: ['smoke'] },
];
