import { type FastifyInstance } from 'fastify';

/** The paths that have routes, and the methods of each. Fastify itself answers 404 where it should be 405. */
export class KnownPaths {
  private readonly methodsOf = new Map<string, Set<string>>();
  private patterns: { pattern: RegExp; methods: string[] }[] | undefined;

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ url, method }) => {
      const methods = this.methodsOf.get(url) ?? new Set<string>();
      for (const each of [method].flat()) methods.add(each);
      this.methodsOf.set(url, methods);
      this.patterns = undefined;
    });
  }

  /** The methods that the path of a URL takes, for the `Allow` header; undefined for an unknown path. */
  methodsFor(url: string): string[] | undefined {
    const decoded = decodePath(url);
    const found = this.compiled().filter(({ pattern }) => pattern.test(decoded));
    if (found.length === 0) return undefined;
    return [...new Set([...found.flatMap(({ methods }) => methods), 'OPTIONS'])].sort();
  }

  private compiled() {
    this.patterns ??= [...this.methodsOf].map(([url, methods]) => ({
      pattern: toPattern(url),
      methods: [...methods],
    }));
    return this.patterns;
  }
}

/** `/items/:id` → `^/items/[^/]+$`; a trailing `*` takes the rest. */
function toPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((segment) => {
      if (segment.startsWith(':')) return '[^/]+';
      return segment === '*' ? '[^]*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}

/** The path of a URL as the router reads it. */
export function decodePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
