import fastify from 'fastify';
import fc from 'fast-check';
import { toRoutable } from './target';

describe('toRoutable', () => {
  it.each([
    ['/items?limit=1', '/items?limit=1'],
    ['http://a.example/items?x', '/items?x'],
    ['HTTPS://a.example', '/'],
    ['http://a.example?x=1', '/?x=1'],
    ['/items#fragment', '/items'],
    ['*', '*'],
    ['/items/%C3%A4', '/items/%C3%A4'],
    ['/items/%ff', '/items/%EF%BF%BD'],
    ['/items/%/tags/%41?q=%ff', '/items/%EF%BF%BD/tags/%41?q=%ff'],
    ['/%E2%82/%AC', '/%EF%BF%BD/%EF%BF%BD'],
    ['/items?q=%zz', '/items?q=%zz'],
  ])('reads %s as %s', (target, expected) => {
    expect(toRoutable(target)).toBe(expected);
  });

  it('leaves no path that the router refuses', async () => {
    const server = fastify({ rewriteUrl: ({ url = '/' }) => toRoutable(url) });
    server.get('/*', () => 'found');
    const piece = fc.constantFrom(
      '/',
      'a',
      '%',
      '%f',
      '%ff',
      '%25',
      '%C3',
      '%A4',
      '%2F',
      '%zz',
      '?',
      ';',
      '%ED%A0%80',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const { statusCode } = await server.inject({ method: 'GET', url: `/${pieces.join('')}` });
        expect(statusCode).toBe(200);
      }),
    );
    await server.close();
  });
});
