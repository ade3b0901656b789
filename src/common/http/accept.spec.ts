import { preferredType, prefersHtml } from './accept';

describe('prefersHtml', () => {
  it.each([
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'text/html',
    'Text/HTML; charset=utf-8',
    'application/json;q=0.5, text/html',
    'text/*',
    'text/html;q=0.2, application/json;q=0.1',
    'application/json;q=0, */*',
    'text/html, */*',
  ])('is true of %j', (accept) => {
    expect(prefersHtml(accept)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'application/json',
    'application/*',
    'application/json, text/html',
    'application/json, text/html;q=0.9',
    'text/html;q=0, */*',
    'text/html;q=x',
    'image/png',
  ])('is false of %j', (accept) => {
    expect(prefersHtml(accept)).toBe(false);
  });
});

describe('preferredType', () => {
  const OFFERED = ['application/json', 'text/csv'];

  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['Text/CSV; charset=utf-8', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/csv, application/json', 'application/json'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
    ['application/json;q=0, */*', 'text/csv'],
    ['text/html', undefined],
    ['text/csv;q=0', undefined],
  ])('of %j is %j', (accept, expected) => {
    expect(preferredType(accept, OFFERED)).toBe(expected);
  });
});
