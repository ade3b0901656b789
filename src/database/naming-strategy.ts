import { DefaultNamingStrategy } from 'typeorm';
import { toSnakeCase } from './naming';

/** Columns in snake_case. Constraints bear the names that PostgreSQL itself would give; entities state the rest. */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? toSnakeCase(propertyName);
  }

  override primaryKeyName(table: { name: string } | string): string {
    return `${typeof table === 'string' ? table : table.name}_pkey`;
  }
}
