import { DefaultNamingStrategy } from 'typeorm';
import { toSnakeCase } from './naming';

/** Columns in snake_case. Constraints have the names that PostgreSQL itself would give them, or those that entities state. */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? toSnakeCase(propertyName);
  }

  override primaryKeyName(table: { name: string } | string): string {
    return `${typeof table === 'string' ? table : table.name}_pkey`;
  }
}
