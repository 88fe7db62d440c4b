import { once } from 'node:events';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { startProgram } from '../program.ts';

/** Debian's Chromium. */
export const CHROMIUM = '/usr/bin/chromium';

export const WIDE = { viewport: { width: 1280, height: 800 } };
/** A small phone, in CSS pixels. */
export const NARROW = { viewport: { width: 360, height: 740 } };

/** The page of `preview`, served by the program. */
export interface Site {
  readonly url: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** A page, and everything that it must not do. */
export interface Opened {
  readonly page: Page;
  /** Errors on its console, what its Content-Security-Policy refused among them, and requests to other hosts. */
  readonly faults: readonly string[];
}

/** Starts `preview` with the given arguments, and a browser. */
export async function startSite(...args: readonly string[]): Promise<Site> {
  const running = startProgram(['preview', '--no-open', ...args]);
  const [line] = await Promise.race([
    once(running.process.stdout, 'data'),
    running.ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // As root, as in CI, Chromium refuses to run with its sandbox; the page is our own.
    args: ['--no-sandbox', '--font-render-hinting=none', '--disable-lcd-text'],
  });
  return {
    url: String(line).trim(),
    browser,
    async close() {
      await browser.close();
      running.process.kill();
      await running.ended;
    },
  };
}

/** Opens the page and waits until it has answered. `fragment` goes behind the address. */
export async function openPage(
  { url, browser }: Site,
  options: BrowserContextOptions = WIDE,
  fragment = '',
): Promise<Opened> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`request to ${request.url()}`);
  });
  await page.goto(`${url}${fragment}`);
  await page.locator('.tree, .problems li').first().waitFor();
  return { page, faults };
}

/** Puts the cursor at the end of a line, from 1, of the editor that is shown. */
export async function goToLine(page: Page, line: number): Promise<void> {
  await page
    .locator('.editor:not([hidden]) .cm-line')
    .nth(line - 1)
    .click();
  await page.keyboard.press('End');
}

/** Replaces the text of the editor that is shown, as a person pastes it. */
export async function paste(page: Page, text: string): Promise<void> {
  const content = page.locator('.editor:not([hidden]) .cm-content');
  await content.click();
  await page.keyboard.press('Control+A');
  await content.evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** The text that a person sees. */
export function shown(locator: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: textContent has what is hidden, too
  return locator.innerText();
}

/** An example's file. */
export function example(path: string): string {
  return join(import.meta.dirname, '../../examples', path);
}
