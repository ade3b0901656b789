import { linkToList } from '../layout/link-to-list';

/** Where a page of a tag leads back to, as react-admin's `redirect` wants it: the list of its store. */
export function linkToTags(tag: Record<string, unknown> | undefined): string {
  const { pathname, search } = linkToList('tags', { store_id: tag?.store_id });
  return `${pathname.slice(1)}?${search}`;
}
