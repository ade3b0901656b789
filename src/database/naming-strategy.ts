import { DefaultNamingStrategy } from 'typeorm';
import { toSnakeCase } from './naming';

/** Columns are in snake_case. Constraints have the names that PostgreSQL would choose, or those in the entities. */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? toSnakeCase(propertyName);
  }

  override primaryKeyName(table: { name: string } | string): string {
    return `${typeof table === 'string' ? table : table.name}_pkey`;
  }
}
