/** A statement's values, each as it becomes a parameter. */
export class Values {
  readonly list: unknown[] = [];

  /** Takes a value, and gives the parameter that stands for it. */
  readonly add = (value: unknown): string => `$${this.list.push(value)}`;

  /** A text that speaks of some of the values, with these alone: PostgreSQL cannot tell the type of any other. */
  statement(text: string): [text: string, values: unknown[]] {
    const numbers: string[] = [];
    const renumbered = text.replace(/\$(\d+)/g, (_parameter, number: string) => {
      if (!numbers.includes(number)) numbers.push(number);
      return `$${numbers.indexOf(number) + 1}`;
    });
    return [renumbered, numbers.map((number) => this.list[Number(number) - 1])];
  }
}
