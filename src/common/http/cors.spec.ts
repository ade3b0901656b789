import { toOriginRule } from './cors';

describe('toOriginRule', () => {
  it('is any origin for *', () => {
    expect(toOriginRule('*')).toBe('*');
  });

  const rule = toOriginRule(['https://a.example', 'https://*.shop.example', 'http://*.dev:5173']) as (
    origin: string,
  ) => boolean;

  it.each(['https://a.example', 'https://x.shop.example', 'https://x.y-z.shop.example', 'http://x.dev:5173'])(
    'is true of %s',
    (origin) => {
      expect(rule(origin)).toBe(true);
    },
  );

  it.each([
    'http://a.example',
    'https://b.a.example',
    'https://shop.example',
    'https://.shop.example',
    'https://x..shop.example',
    'https://xshop.example',
    'https://x.shopxexample',
    'https://x.shop.example.evil.example',
    'https://evil.example/x.shop.example',
    'https://user@x.shop.example',
    'https://x.shop.example:8443',
    'https://x.shop.example\n',
    'http://x.dev',
    '',
  ])('is false of %j', (origin) => {
    expect(rule(origin)).toBe(false);
  });
});
