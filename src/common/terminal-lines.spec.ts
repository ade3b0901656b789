import pino from 'pino';
import { requestLine, terminalLines } from './terminal-lines';

const time = new Date(2026, 0, 31, 9, 5, 7).toISOString();

describe('requestLine', () => {
  it('shows time, method, path, status and milliseconds', () => {
    const line = requestLine({ time, method: 'GET', path: '/items/1', status: 200, ms: 3.25 });
    expect(line).toBe('[09:05:07] GET /items/1 200 3.25 ms\n');
  });

  it('says that nobody waited for the answer', () => {
    expect(requestLine({ time, method: 'GET', path: '/items', ms: 3 })).toBe(
      '[09:05:07] GET /items aborted 3 ms\n',
    );
  });

  it('lets no path control the terminal', () => {
    const line = requestLine({ time, method: 'GET', path: '/a\x1b[2J\x9b1m\n', status: 404, ms: 1 });
    expect(line).toBe('[09:05:07] GET /a%1B[2J%C2%9B1m%0A 404 1 ms\n');
  });
});

describe('terminalLines', () => {
  const lines: string[] = [];
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(
    options,
    terminalLines((text) => void lines.push(text)),
  );
  beforeEach(() => void lines.splice(0));

  it('writes one line a request, without what only programs want', () => {
    const entry = { method: 'GET', path: '/me', status: 200, ms: 1.5, route: '/me', user_id: 7, peer: '::1' };
    logger.info({ request_id: 'r', ...entry }, 'request');
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\] GET \/me 200 1\.5 ms\n$/);
  });

  it('shows everything of other entries', () => {
    logger.warn({ setting: 'PORT' }, 'look');
    // eslint-disable-next-line no-control-regex
    expect(lines.join('').replace(/\x1b\[\d+m/g, '')).toMatch(/WARN.*: look\n +setting: "PORT"\n$/);
  });
});
