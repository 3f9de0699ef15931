// The installed app: its manifest, and what its worker keeps and shows without a network.

import { expect, expectAccessible, screens, signIn, test, type Page } from '../support/test.ts';

test.use({ serviceWorkers: 'allow' });

async function worked(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null))
    .toBe(true);
}

/** Addresses of everything that the browser keeps for the worker. */
async function kept(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const addresses: string[] = [];
    for (const name of await caches.keys()) {
      const requests = await (await caches.open(name)).keys();
      addresses.push(...requests.map((request) => new URL(request.url).pathname));
    }
    return addresses;
  });
}

test('the manifest names icons that are there', async ({ page, request, baseURL }) => {
  await page.goto('/sign-in');
  const href = await page.locator('link[rel="manifest"]').getAttribute('href');
  const answer = await request.get(href ?? '');
  expect(answer.headers()['content-type']).toContain('application/manifest+json');
  const manifest = (await answer.json()) as {
    start_url: string;
    display: string;
    icons: { src: string; sizes: string; type: string; purpose: string }[];
  };
  expect(manifest).toMatchObject({ start_url: '/', display: 'standalone' });
  expect(manifest.icons.map((icon) => icon.purpose)).toContain('maskable');
  for (const icon of manifest.icons) {
    const drawn = await request.get(icon.src);
    expect(drawn.status(), icon.src).toBe(200);
    expect(drawn.headers()['content-type']).toBe(icon.type);
    const size = await page.evaluate(async (src) => {
      const picture = new Image();
      picture.src = src;
      await picture.decode();
      return `${picture.naturalWidth}x${picture.naturalHeight}`;
    }, new URL(icon.src, baseURL).href);
    if (icon.sizes !== 'any') expect(size).toBe(icon.sizes);
  }
});

test('without a network a calm page stands in, and nothing personal is kept', async ({
  page,
  context,
  consoleErrors,
}) => {
  consoleErrors.allow(/ERR_INTERNET_DISCONNECTED|Failed to fetch|Failed to load/);
  await signIn(page, 'student');
  await page.goto('/');
  await worked(page);
  await page.goto('/attendance');
  const all = await kept(page);
  expect(all).toEqual(expect.arrayContaining(['/offline', '/verify/device', '/mark/device']));
  expect(all.filter((address) => !/^\/(assets\/|offline$|verify\/device$|mark\/device$)/.test(address))).toEqual([]);
  await context.setOffline(true);
  await page.goto('/timetable');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are offline');
  await expectAccessible(page);
  await screens(page, 'offline');
  await context.setOffline(false);
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Today');
});

test('after signing out the worker has nothing of the person', async ({ page }) => {
  await signIn(page, 'student', { fresh: true });
  await worked(page);
  await page.goto('/attendance');
  await page.request.post('/sign-out', { headers: { origin: new URL(page.url()).origin } });
  const texts = await page.evaluate(async () => {
    const all: string[] = [];
    for (const name of await caches.keys()) {
      const shelf = await caches.open(name);
      for (const request of await shelf.keys()) {
        const answer = await shelf.match(request);
        const type = answer?.headers.get('content-type') ?? '';
        if (type.startsWith('text/html')) all.push((await answer?.text()) ?? '');
      }
    }
    return all;
  });
  expect(texts).toHaveLength(3);
  expect(texts.join()).not.toContain('Sign out');
  await page.goto('/attendance');
  await expect(page).toHaveURL(/sign-in/);
});
