import { linkOf } from './links';

describe('linkOf', () => {
  it.each<[string, string, string]>([
    ['no query', '/items', '/items?limit=20'],
    ['an empty query', '/items?', '/items?limit=20'],
    ['its own limit', '/items?limit=7&sort=id', '/items?limit=20&sort=id'],
    ['a cursor', '/items?sort=id&cursor=abc', '/items?sort=id&limit=20'],
    ['a page', '/items?page=3&count=true', '/items?count=true&limit=20'],
    ['a name in other letters', '/items?%63ursor=abc', '/items?limit=20'],
    ['repeated parameters', '/items?tag=b&tag=a&tag=b', '/items?tag=b&tag=a&tag=b&limit=20'],
    ['blanks', '/items?q=a+b%20c', '/items?q=a+b+c&limit=20'],
    ['characters of a query', '/items?q=%26%3D%2B%23%25%3F', '/items?q=%26%3D%2B%23%25%3F&limit=20'],
    ['characters of the header', '/items?q=<a>",;', '/items?q=%3Ca%3E%22%2C%3B&limit=20'],
    ['other scripts', '/items?tag=%C3%A4%F0%9F%98%80', '/items?tag=%C3%A4%F0%9F%98%80&limit=20'],
    ['a second question mark', '/items?q=a?b', '/items?q=a%3Fb&limit=20'],
    ['a number sign for the question mark', '/items#limit=1', '/items?limit=20'],
    ['a number sign in the query', '/items?q=a#b', '/items?q=a%23b&limit=20'],
    ['an escaped path', '/%69tems?sort=id', '/%69tems?sort=id&limit=20'],
  ])('leads to the first page of an address with %s', (_what, url, first) => {
    expect(linkOf({ url }, { limit: 20, next: undefined }, '')).toBe(`<${first}>; rel="first"`);
    const both = `<${first}&cursor=WyJ4Il0>; rel="next", <${first}>; rel="first"`;
    expect(linkOf({ url }, { limit: 20, next: 'WyJ4Il0' }, '')).toBe(both);
  });

  it('begins with the path that a proxy strips', () => {
    const request = { url: '/items?limit=5' };
    expect(linkOf(request, { limit: 5, next: 'abc' }, '/shop')).toBe(
      '</shop/items?limit=5&cursor=abc>; rel="next", </shop/items?limit=5>; rel="first"',
    );
  });
});
