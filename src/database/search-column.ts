import { Column } from 'typeorm';

/**
 * A column of the text that `q` is searched in, in the form of the SQL function `fold`. PostgreSQL computes it, and
 * entities never read or write it.
 *
 * @param text SQL of the text, as PostgreSQL shows it
 */
export function SearchColumn(text: string): PropertyDecorator {
  return Column({
    type: 'text',
    collation: 'C',
    generatedType: 'STORED',
    asExpression: `fold(${text})`,
    select: false,
    insert: false,
    update: false,
  });
}
