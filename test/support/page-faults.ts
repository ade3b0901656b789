import { type BrowserContext } from 'playwright-core';

/** What goes wrong while there is no server. */
export const LOST_CONNECTION =
  /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/;

/** An answer with one of these statuses, which Chromium writes to the console. */
export function statuses(...numbers: number[]): RegExp {
  return new RegExp(`the server responded with a status of (${numbers.join('|')})\\b`);
}

/** Writes what the Content-Security-Policy has blocked to the console, also where Chromium itself says nothing. */
const TELL_VIOLATIONS = `
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    console.error('Content-Security-Policy: ' + effectiveDirective + ' blocks ' + blockedURI);
  });
`;

/** Collects what nobody sees on a page, but should not happen: errors, failed requests and violations of its policy. */
export class PageFaults {
  private readonly lines: string[] = [];
  private readonly expected: RegExp[] = [];

  async watch(context: BrowserContext): Promise<void> {
    await context.addInitScript(TELL_VIOLATIONS);
    context.on('console', (message) => {
      if (message.type() === 'error')
        this.lines.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.lines.push(`uncaught: ${describe(error.error())}`));
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // The page itself has given it up.
      if (reason === 'net::ERR_ABORTED') return;
      this.lines.push(`request: ${request.method()} ${request.url()} ${reason}`);
    });
  }

  allow(...patterns: RegExp[]): void {
    this.expected.push(...patterns);
  }

  get unexpected(): string[] {
    return this.lines.filter((line) => !this.expected.some((pattern) => pattern.test(line)));
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
