import { type ObjectLiteral, type Repository } from 'typeorm';

/**
 * Sets the given members of a row, and `updated_at` with them, unless they all have these values already. Members that
 * are undefined stay as they are.
 */
export async function updateIfChanged<T extends ObjectLiteral>(
  repository: Repository<T>,
  id: number,
  changes: Partial<T>,
): Promise<void> {
  const { metadata } = repository;
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const columns = given.map(([property]) => metadata.findColumnWithPropertyName(property)?.databaseName);
  const values = given.map((_entry, index) => `$${index + 2}`);
  await repository.query(
    `UPDATE ${metadata.tableName} SET (${columns.join(', ')}) = ROW (${values.join(', ')}), updated_at = now()
     WHERE id = $1 AND ROW (${columns.join(', ')}) IS DISTINCT FROM ROW (${values.join(', ')})`,
    [id, ...given.map(([, value]) => value as unknown)],
  );
}
