/**
 * The path and query of a request target: proxies send it with scheme, authority and all, and careless clients with the
 * fragment.
 */
export function toOriginForm(target: string): string {
  const [whole = ''] = target.split('#', 1);
  const rest = whole.replace(/^https?:\/\/[^/?]*/i, '');
  if (rest === whole) return whole;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
