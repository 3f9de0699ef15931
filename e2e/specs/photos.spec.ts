// A person's photo: chosen, cut, saved, removed.

import { deflateSync } from 'node:zlib';
import { expect, expectAccessible, screens, signIn, test, type Page } from '../support/test.ts';

/** A PNG, red on the left and blue on the right. */
function halves(width: number, height: number): Buffer {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) row.set(x < width / 2 ? [200, 30, 30] : [30, 30, 200], 1 + x * 3);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const chunks = [chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind), data]);
  const around = [Buffer.alloc(4), Buffer.alloc(4)] as const;
  around[0].writeUInt32BE(data.length);
  around[1].writeUInt32BE(crc32(named));
  return Buffer.concat([around[0], named, around[1]]);
}

function crc32(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

/** Adds a person for this spec alone and opens their page. */
async function someone(page: Page, name: string): Promise<void> {
  await signIn(page, 'registrar');
  await page.goto('/people/new');
  await page.getByLabel('Full name').fill(name);
  await page.getByLabel('Number', { exact: true }).fill(`P-${Date.now()}-${Math.random()}`);
  await page.locator('main button.primary').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
}

test('a registrar cuts a photo to the face and saves it', async ({ page }) => {
  await someone(page, 'Photographed Person');
  await page.getByLabel('New picture').setInputFiles({
    name: 'me.png',
    mimeType: 'image/png',
    buffer: halves(400, 300),
  });
  await expect(page.getByRole('img', { name: /part of the picture/ })).toBeVisible();
  await expect(page.locator('input[name=x]')).toHaveValue('50');
  await page.getByLabel('Left to right').fill('0');
  await expect(page.locator('input[name=x]')).toHaveValue('0');
  await page.getByLabel('Closer').fill('2');
  await expect(page.locator('input[name=side]')).toHaveValue('150');
  await expectAccessible(page);
  await screens(page, 'photo-crop');
  await page.getByRole('button', { name: 'Save photo' }).click();
  const photo = page.locator('img.avatar.big');
  await expect(photo).toBeVisible();
  const ink = await photo.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    const canvas = document.createElement('canvas');
    const paper = canvas.getContext('2d');
    paper?.drawImage(image, 0, 0, 10, 10);
    return [...(paper?.getImageData(5, 5, 1, 1).data ?? [])];
  });
  expect(ink[0], 'the left half alone').toBeGreaterThan(150);
  await expectAccessible(page);
  await screens(page, 'photo-saved');
  await page.getByRole('button', { name: 'Remove photo' }).click();
  await page.locator('#confirm [data-confirm-yes]').click();
  await expect(photo).toBeHidden();
});

test('a file that is no picture is answered beside the field', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/status of 422/);
  await someone(page, 'Wrong File');
  await page.getByLabel('New picture').setInputFiles({
    name: 'me.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('not a picture at all'),
  });
  await page.getByRole('button', { name: 'Save photo' }).click();
  await expect(page.locator('#photo-error')).toContainText('not a JPEG, PNG or WebP');
  await expectAccessible(page);
});
