/** Whether a client prefers HTML to JSON, as browsers do. A client without a preference gets JSON. */
export function prefersHtml(accept: string | undefined): boolean {
  return qualityOf('text/html', accept) > qualityOf('application/json', accept);
}

/** The quality value of a media type, from 0 to 1, of the most specific range that matches (RFC 9110). */
function qualityOf(type: string, accept = '*/*'): number {
  const ranges = new Map(accept.split(',').map(readRange));
  return ranges.get(type) ?? ranges.get(`${type.split('/', 1)[0] ?? ''}/*`) ?? ranges.get('*/*') ?? 0;
}

function readRange(text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [range, quality === undefined ? 1 : Number(quality) || 0];
}
