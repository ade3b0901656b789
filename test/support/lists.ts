import { type Answer, type Client } from './client';

export const idsOf = (answer: Answer) => (answer.body as { id: number }[]).map(({ id }) => id);

/** The references of a `Link` header, which must all be relative, by their relation. */
export function linksOf(answer: Answer): { first: string; next?: string } {
  const header = answer.headers.get('link') ?? '';
  expect(header).toMatch(/^<\/[^<>]*>; rel="\w+"(, <\/[^<>]*>; rel="\w+")*$/);
  const links: Record<string, string> = Object.fromEntries(
    [...header.matchAll(/<([^<>]*)>; rel="(\w+)"/g)].map(([, reference = '', relation = '']) => [
      relation,
      reference,
    ]),
  );
  expect(Object.keys(links).sort()).toEqual('next' in links ? ['first', 'next'] : ['first']);
  return links as { first: string; next?: string };
}

/** The parameters of a reference. */
export const paramsOf = (reference: string) => new URL(reference, 'http://localhost').searchParams;

/** Reads a list to its end by `rel="next"`. `between` runs after each page but the last, and may change where it goes on. */
export async function walk(
  api: Client,
  first: string,
  between?: (page: number[], next: string) => Promise<string | undefined>,
): Promise<number[][]> {
  const pages: number[][] = [];
  for (let next: string | undefined = first; next !== undefined;) {
    const answer = await api.get(next);
    expect({ status: answer.status, path: next }).toEqual({ status: 200, path: next });
    const page = idsOf(answer);
    pages.push(page);
    ({ next } = linksOf(answer));
    if (next !== undefined) next = (await between?.(page, next)) ?? next;
    if (pages.length > 200) throw new Error('the list does not end');
  }
  return pages;
}

/** The cursor of the second page, of one row. `path` ends in `?` or `&`. */
export async function cursorOf(api: Client, path: string): Promise<string> {
  const { next = '' } = linksOf(await api.get(`${path}limit=1`));
  const cursor = paramsOf(next).get('cursor') ?? '';
  expect(cursor).not.toBe('');
  return cursor;
}
