/** Labels as a selector: every one of them must be there, with that value. */
export type Labels = Readonly<Record<string, string>>;

/** The form that the API server takes: `a=1,b=2`. */
export function labelSelector(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

export function hasLabels(found: Labels | undefined, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => found?.[name] === value);
}
