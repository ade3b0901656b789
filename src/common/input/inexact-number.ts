/** Stands in a body for a number with more digits than a double keeps. It was not rounded, and no rule takes it. */
export class InexactNumber {
  readonly fault = 'must be a number with at most 15 significant digits';
}
