/** The address of a list with a filter, as react-admin reads it. */
export function linkToList(resource: string, filter: object): { pathname: string; search: string } {
  return {
    pathname: `/${resource}`,
    search: `filter=${encodeURIComponent(JSON.stringify(filter))}&displayedFilters=${encodeURIComponent('{}')}`,
  };
}
