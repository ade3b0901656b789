/**
 * Whether a client prefers HTML to JSON, as browsers do. A client without a preference gets JSON, unless it names HTML
 * and not JSON.
 */
export function prefersHtml(accept = '*/*'): boolean {
  const ranges = new Map(accept.split(',').map(readRange));
  const [html, json] = [qualityOf('text/html', ranges), qualityOf('application/json', ranges)];
  if (html !== json) return html > json;
  return html > 0 && ranges.has('text/html') && !ranges.has('application/json');
}

/** The offered media type that a client likes best, the first of several; undefined if it takes none of them. */
export function preferredType<Offered extends string>(
  accept: string | undefined,
  offered: readonly Offered[],
): Offered | undefined {
  const isEmpty = accept === undefined || accept.trim() === '';
  const ranges = new Map((isEmpty ? '*/*' : accept).split(',').map(readRange));
  let best: { type: Offered; quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  return best?.type;
}

/** The quality value of a media type, from 0 to 1, of the most specific range that matches (RFC 9110). */
function qualityOf(type: string, ranges: ReadonlyMap<string, number>): number {
  return ranges.get(type) ?? ranges.get(`${type.split('/', 1)[0] ?? ''}/*`) ?? ranges.get('*/*') ?? 0;
}

function readRange(text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [range, quality === undefined ? 1 : Number(quality) || 0];
}
