import { readFileSync } from 'node:fs';
import type axe from 'axe-core';
import { type Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const SERIOUS = new Set<string | null | undefined>(['serious', 'critical']);

/** Colours in the middle of a fade have another contrast. A spinner never ends, so it is not waited for. */
const FADES_END = `
  Promise.all(
    document
      .getAnimations()
      .filter((each) => each.effect?.getComputedTiming().endTime < Infinity)
      .map((each) => each.finished.catch(() => undefined)),
  ).then(() => undefined)
`;

/**
 * Asserts that axe-core finds nothing serious or critical on what a page shows now.
 *
 * @param options `exclude`: selectors of what others have made
 */
export async function expectAccessible(page: Page, { exclude = [] as string[] } = {}): Promise<void> {
  await page.evaluate(FADES_END);
  // The debugging protocol evaluates it; the policy of the page would not allow a script element.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    ({ selectors, tags }) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(
        { exclude: selectors },
        { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] },
      ),
    { selectors: exclude, tags: TAGS },
  );
  expect(violations.filter(({ impact }) => SERIOUS.has(impact)).flatMap(describe)).toEqual([]);
}

function describe({ id, nodes }: axe.Result): string[] {
  return nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`);
}
