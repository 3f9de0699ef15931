// Taking one picture: the window as somebody sees it, in docs/guides/images.

import { expect, type Locator, type Page } from '../support/test.ts';
import { NOW } from './clock.ts';

/** Windows of pictures. */
export const PHONE = { width: 360, height: 720 };
export const DESK = { width: 1120, height: 760 };

/** Lets the page's clock stand where the server's does. */
export async function stillClock(page: Page): Promise<void> {
  await page.clock.setFixedTime(new Date(NOW));
}

/** What the window shows, as docs/guides/images/NAME.png; scrolled so that it begins with `top`. */
export async function picture(page: Page, name: string, top?: Locator): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.evaluate(sameIds);
  await page.evaluate(() => scrollTo(0, 0));
  if (top !== undefined) {
    await top.evaluate((element) => scrollTo(0, element.getBoundingClientRect().top - 24));
  }
  await page.evaluate(async () => {
    // Photos further up or down load when they come into sight.
    const photos = [...document.images].filter((photo) => photo.loading !== 'lazy');
    await Promise.all([document.fonts.ready, ...photos.map((photo) => photo.decode())]);
  });
  await page.mouse.move(0, 0);
  await expect(page).toHaveScreenshot(`${name}.png`, { caret: 'hide', maxDiffPixels: 0 });
}

/** Ids differ from one demo to the next: on pictures they are all the same. */
function sameIds(): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    text.data = text.data.replace(id, '4f0c1f2e-7d6a-4a55-9c1b-2e8d7a90b6c3');
  }
}
