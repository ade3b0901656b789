// Not imported: the panel is a bundler's modules, whose imports the compiler of the tests does not resolve.
const { parsePrice } = jest.requireActual<{ parsePrice: (text: string) => number | string }>(
  '../admin/src/items/parse-price',
);
const { toChange, amountFault } = jest.requireActual<{
  toChange: (typed: object) => unknown;
  amountFault: (typed: object) => string | undefined;
}>('../admin/src/items/edits/change-form');

describe('A price in the panel', () => {
  it.each([
    ['15.99', 15.99],
    ['15,99', 15.99],
    ['15', 15],
    ['15.9', 15.9],
    ['.5', 0.5],
    [' 1 234,50 € ', 1234.5],
    ['1,234.50', 1234.5],
    ['1.234,50', 1234.5],
    ['1,234,567', 1_234_567],
    ['1’234.50', 1234.5],
    ['99999999.99', 99_999_999.99],
    ['0', 0],
    ['EUR 7,50', 7.5],
    ['$1,200.00', 1200],
    ['1 200', 1200],
    ['9.99 USD', 9.99],
  ])('reads %p', (text, price) => {
    expect(parsePrice(text)).toBe(price);
  });

  it.each([
    ['1,200', 'ambiguous'],
    ['$1.000', 'ambiguous'],
    ['12,500', 'ambiguous'],
    ['0.125', 'too_exact'],
    ['1,234.567', 'too_exact'],
    ['7 8', 'not_a_number'],
    ["5'1", 'not_a_number'],
    ['12$34', 'not_a_number'],
    ['-1', 'negative'],
    ['100000000', 'too_large'],
    ['', 'not_a_number'],
    ['free', 'not_a_number'],
    ['1,23,456', 'not_a_number'],
    ['1e3', 'not_a_number'],
  ])('refuses %p: it could be read in two ways, or in none', (text, fault) => {
    expect(parsePrice(text)).toBe(fault);
  });
});

describe('An amount by which many prices change', () => {
  const typed = (way: string, amount: string) => ({ way, amount, step: 0.01, tag: '' });

  it.each([
    ['set', '2.500', 'ambiguous'],
    ['set', '2,500', 'ambiguous'],
    ['add', '-2.500', 'ambiguous'],
    ['percent', '2.500', 'ambiguous'],
    ['percent', '-100.01', 'percent_too_small'],
    ['percent', '1000,5', 'percent_too_large'],
    ['set', '-1', 'negative'],
    ['set', '0.125', 'too_exact'],
    ['set', 'free', 'not_a_number'],
  ])('is refused with a reason: %s %s', (way, amount, fault) => {
    expect(toChange(typed(way, amount))).toBeUndefined();
    expect(amountFault(typed(way, amount))).toBe(fault);
  });

  it.each([
    ['set', '2.500,00', { price: { set: 2500 } }],
    ['set', '2,500.00', { price: { set: 2500 } }],
    ['set', '2500', { price: { set: 2500 } }],
    ['add', '-1,5', { price: { add: -1.5 } }],
    ['percent', '-100', { price: { multiply: 0, round: 0.01 } }],
    ['percent', '5 %', { price: { multiply: 1.05, round: 0.01 } }],
  ])('is read: %s %s', (way, amount, change) => {
    expect(toChange(typed(way, amount))).toEqual(change);
    expect(amountFault(typed(way, amount))).toBeUndefined();
  });

  it.each(['', ' ', '0.125'])('has no reason of its own: %p percent', (amount) => {
    expect(amountFault(typed('percent', amount))).toBeUndefined();
  });
});
