// axe over a page, in light and dark, as wide as a phone and as a desktop.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults, NodeResult, Result, RunOptions } from 'axe-core';
import { expect, type Page } from '@playwright/test';
import { inBothSizes } from './sizes.ts';

const SOURCE = readFileSync(join(import.meta.dirname, '../node_modules/axe-core/axe.min.js'), 'utf8');
const EVERYTHING: RunOptions = { resultTypes: ['violations', 'incomplete'], preload: false };
/** All that a theme changes: the same elements stand on the page in either. */
const COLOURS: RunOptions = { ...EVERYTHING, runOnly: ['color-contrast', 'link-in-text-block'] };

/** Fails on any violation, and on contrast that axe could not judge, in both themes and both sizes. */
export async function expectAccessible(page: Page): Promise<void> {
  await inBothSizes(page, (size) => expectAccessibleAt(page, size));
}

/** The same for the size that the page has now. */
export async function expectAccessibleAt(page: Page, size: string): Promise<void> {
  for (const [colorScheme, rules] of [['light', EVERYTHING], ['dark', COLOURS]] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await accessibilityProblems(page, rules), `accessible in ${colorScheme}, ${size}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** One line per element that axe objects to, by all rules if none are named. */
export async function accessibilityProblems(page: Page, rules = EVERYTHING): Promise<string[]> {
  // Evaluated by the debugger, so the page's content security policy stays as strict as it is.
  // Once for a document: it takes as long as a small page.
  const there = await page.evaluate(() => 'axe' in window);
  if (!there) await page.evaluate(SOURCE);
  const results = await page.evaluate(async (options) => {
    // A colour that is on its way to another is neither; waiting for it may take for ever on a
    // machine that draws no frames.
    const ending = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
    for (const animation of ending) animation.finish();
    const { axe } = window as unknown as { axe: { run: (_: RunOptions) => Promise<AxeResults> } };
    return axe.run(options);
  }, rules);
  const unjudged = results.incomplete.filter((result) => result.id === 'color-contrast');
  const incomplete = unjudged.map((result) => ({
    ...result,
    nodes: result.nodes.filter(isAboutColour),
  }));
  return [...results.violations, ...incomplete].flatMap(lines);
}

/**
 * What axe leaves open for reasons other than colour: text that a bar at the edge of the screen
 * hides until one scrolls, and signs such as a dash or an arrow.
 */
const OTHER_REASONS = ['elmPartiallyObscured', 'elmPartiallyObscuring', 'shortTextContent', 'nonBmp'];

function isAboutColour(node: NodeResult): boolean {
  const keys = node.any.map((check) => (check.data as { messageKey?: string } | null)?.messageKey);
  return !keys.some((key) => key !== undefined && OTHER_REASONS.includes(key));
}

function lines(result: Result): string[] {
  return result.nodes.map((node) => {
    const why = node.any.map((check) => check.message).join(' ');
    return `${result.id}: ${node.target.join(' ')} – ${result.help}: ${why}`;
  });
}
