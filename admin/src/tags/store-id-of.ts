/** The store in the filter of the address of a list. */
export function storeIdOf(parameters: URLSearchParams): number | undefined {
  try {
    const filter = JSON.parse(parameters.get('filter') ?? '{}') as { store_id?: unknown } | null;
    return typeof filter?.store_id === 'number' ? filter.store_id : undefined;
  } catch {
    return undefined;
  }
}
