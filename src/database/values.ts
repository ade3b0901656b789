/** The values of a statement, in the order of their parameters. */
export class Values {
  readonly list: unknown[] = [];

  /** Takes a value, and gives the parameter that stands for it. */
  readonly add = (value: unknown): string => `$${this.list.push(value)}`;

  /** A text with only those values that it refers to: PostgreSQL cannot infer the type of a parameter that is not used. */
  statement(text: string): [text: string, values: unknown[]] {
    const numbers: string[] = [];
    const renumbered = text.replace(/\$(\d+)/g, (_parameter, number: string) => {
      if (!numbers.includes(number)) numbers.push(number);
      return `$${numbers.indexOf(number) + 1}`;
    });
    return [renumbered, numbers.map((number) => this.list[Number(number) - 1])];
  }
}
