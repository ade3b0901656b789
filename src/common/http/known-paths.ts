import { type FastifyInstance } from 'fastify';
import { type RouteSettings } from './route-settings';

/** A path that has routes. */
export interface KnownPath {
  /** The methods that it accepts, for the `Allow` header. */
  methods: readonly string[];
  /** Whether one of its routes is only for programs on this machine. */
  loopback: boolean;
}

/**
 * The paths that have routes, and the methods of each, because Fastify answers 404 instead of 405.
 *
 * A route that serves a folder ends with `*`, and matches every name. `files` lists the names that clients may read;
 * every other path below such a route is unknown.
 */
export class KnownPaths {
  private readonly routes = new Map<string, { methods: Set<string>; loopback: boolean }>();
  private patterns: (KnownPath & { pattern: RegExp })[] | undefined;

  constructor(fastify: FastifyInstance, files: Readonly<Record<string, readonly string[]>> = {}) {
    fastify.addHook('onRoute', ({ url, method, config }) => {
      const { loopback = false } = (config ?? {}) as RouteSettings;
      for (const path of files[url]?.map((name) => url.replace('*', name)) ?? [url]) {
        const route = this.routes.get(path) ?? { methods: new Set<string>(), loopback: false };
        for (const each of [method].flat()) route.methods.add(each);
        route.loopback ||= loopback;
        this.routes.set(path, route);
      }
      this.patterns = undefined;
    });
  }

  /** Finds the path of a URL; undefined if it is unknown. */
  find(url: string): KnownPath | undefined {
    const decoded = decodePath(url);
    const found = this.compiled().filter(({ pattern }) => pattern.test(decoded));
    if (found.length === 0) return undefined;
    return {
      methods: [...new Set([...found.flatMap(({ methods }) => methods), 'OPTIONS'])].sort(),
      loopback: found.some(({ loopback }) => loopback),
    };
  }

  private compiled() {
    this.patterns ??= [...this.routes].map(([url, { methods, loopback }]) => ({
      pattern: toPattern(url),
      methods: [...methods],
      loopback,
    }));
    return this.patterns;
  }
}

/** `/items/:id` → `^/items/[^/]+$`; a `*` at the end matches anything. */
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

/** The path of a URL, decoded as the router does. */
function decodePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
