import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { launchChromium } from './chromium';
import { PageFaults } from './page-faults';
import { PATIENCE } from './patience';

export interface PageOptions {
  theme?: 'light' | 'dark';
  width?: 'desk' | 'phone';
  language?: 'en' | 'de';
}

const PICTURES = path.join(__dirname, '..', '..', 'test-results');

const WIDTHS: Record<'desk' | 'phone', BrowserContextOptions> = {
  desk: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

const LOCALES = { en: 'en-US', de: 'de-DE' };

/**
 * A browser for the tests of a suite. Each test has pages of its own, which are closed after it. A test fails if something
 * goes wrong on them that it did not `allow`; what a failed test saw is kept in `test-results`.
 */
export function useBrowser(): TestBrowser {
  const browser = new TestBrowser();
  beforeAll(() => browser.start());
  afterEach(() => browser.endTest());
  afterAll(() => browser.stop());
  return browser;
}

export class TestBrowser {
  private browser: Browser | undefined;
  private faults = new PageFaults();

  async start(): Promise<void> {
    this.browser = await launchChromium();
  }

  /** A window of its own: with no cookies, storage or cache of another one. */
  async newPage({ theme = 'light', width = 'desk', language = 'en' }: PageOptions = {}): Promise<Page> {
    if (!this.browser) throw new Error('The browser starts before the first test.');
    const context = await this.browser.newContext({
      colorScheme: theme,
      locale: LOCALES[language],
      ...WIDTHS[width],
    });
    context.setDefaultTimeout(PATIENCE);
    await this.faults.watch(context);
    return context.newPage();
  }

  /** Another tab beside a page, with the same storage. */
  newTab(page: Page): Promise<Page> {
    return page.context().newPage();
  }

  /** The rest of this test may have such faults: `browser.allow(statuses(412), LOST_CONNECTION)`. */
  allow(...patterns: RegExp[]): void {
    this.faults.allow(...patterns);
  }

  async endTest(): Promise<void> {
    const { unexpected } = this.faults;
    this.faults = new PageFaults();
    const { testHasFailed } = globalThis as { testHasFailed?: boolean };
    if (testHasFailed === true || unexpected.length > 0) await this.keepEvidence(unexpected);
    await Promise.all(this.contexts.map((context) => context.close()));
    expect(unexpected).toEqual([]);
  }

  async stop(): Promise<void> {
    await this.browser?.close();
  }

  private get contexts() {
    return this.browser?.contexts() ?? [];
  }

  private async keepEvidence(faults: string[]): Promise<void> {
    const name = `failed-${slug(expect.getState().currentTestName ?? '')}`;
    const pages = this.contexts.flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      // A page that hangs must not hide why the test has failed.
      const html = await Promise.all([page.content(), keepPicture(page, `${name}-${index + 1}`)]).catch(
        (error: unknown) => [String(error)],
      );
      const notes = [`<!-- ${page.url()} -->`, ...faults.map((fault) => `<!-- ${fault} -->`)];
      await keep(`${name}-${index + 1}.html`, [...notes, html[0]].join('\n'));
    }
  }
}

/**
 * Keeps a picture of what a window shows.
 *
 * @param name of the file, without its ending
 * @param options `fullPage`: with what one has to scroll to
 */
export async function keepPicture(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage, animations: 'disabled' });
}

async function keep(name: string, text: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(path.join(PICTURES, name), text);
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 100);
}
