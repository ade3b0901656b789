import './javascript-driver';
import pg from 'pg';

/** The values of a statement, in the order of their parameters. */
export class Values {
  readonly list: unknown[] = [];

  /** Adds a value. @returns its parameter, such as `$1` */
  readonly add = (value: unknown): string => `$${this.list.push(value)}`;

  /**
   * Renumbers the parameters of a text, with only the values that it uses: PostgreSQL cannot infer the type of an
   * unused parameter.
   */
  statement(text: string): [text: string, values: unknown[]] {
    const numbers: string[] = [];
    const renumbered = text.replace(/\$(\d+)/g, (_parameter, number: string) => {
      if (!numbers.includes(number)) numbers.push(number);
      return `$${numbers.indexOf(number) + 1}`;
    });
    return [renumbered, numbers.map((number) => this.list[Number(number) - 1])];
  }

  /** Writes the values into a text, for COPY, which takes no parameters. */
  inlined(text: string): string {
    return text.replace(/\$(\d+)/g, (_parameter, number: string) => literalOf(this.list[Number(number) - 1]));
  }
}

function literalOf(value: unknown): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string') return pg.escapeLiteral(value);
  throw new Error(`a ${typeof value} cannot be written into a statement`);
}
