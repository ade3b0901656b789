/**
 * Replaces a number in a body that has more digits than a double can represent. Every rule refuses it, so that no
 * number is rounded.
 */
export class InexactNumber {
  readonly fault = 'must be a number with at most 15 significant digits';
}
