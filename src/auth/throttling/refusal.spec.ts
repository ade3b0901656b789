import { Levels, LIMITS } from './limits';
import { Refusal } from './refusal';

/** A refusal for this many seconds. */
function refusal(seconds: number): Refusal {
  const counter = { limit: LIMITS.address, key: 'key', refuses: true };
  return new Refusal(new Levels([counter], [{ key: 'key', count: 101, reset: seconds }]));
}

describe('Refusal', () => {
  it.each([
    [0, '1 second', '1'],
    [1, '1 second', '1'],
    [2, '2 seconds', '2'],
    [59, '59 seconds', '59'],
    [60, '1 minute', '60'],
    [61, '2 minutes', '61'],
    [120, '2 minutes', '120'],
    [900, '15 minutes', '900'],
    [3600, '60 minutes', '3600'],
  ])('tells a wait of %i seconds as %s', (seconds, words, header) => {
    const { message, headers } = refusal(seconds);
    expect(message).toBe(`Too many attempts; try again in ${words}.`);
    expect(headers['retry-after']).toBe(header);
  });
});
