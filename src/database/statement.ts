/** A statement's values, each as it becomes a parameter. */
export class Values {
  readonly list: unknown[] = [];

  /** Takes a value, and gives the parameter that stands for it. */
  readonly add = (value: unknown): string => `$${this.list.push(value)}`;
}
