/** The path and query of a request target: proxies send it with scheme, authority and all. */
export function toOriginForm(target: string): string {
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
  if (rest === target) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
