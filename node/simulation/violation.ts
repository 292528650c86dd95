/** What a checker throws: a rule was broken, by name. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
