/* check.mjs -- the browser, and a test as a name with a body.
 * Owns:   the tally, the launched Chromium, what a page said on its console.
 * Never:  waits for a fixed time where it can wait for a fact.
 * Always: prints one line a failed test, and `N passed, N failed` last.
 */

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '../../web/node_modules/playwright-core/index.mjs';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const SCREENS = join(ROOT, 'build/screens');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PATIENCE_MS = 20000;

let passed = 0;
let failed = 0;
const only = process.env.ONLY ?? '';

/** @param {string} name @param {() => any} body */
export async function test(name, body) {
    if (!name.includes(only)) return;
    try {
        await body();
        passed++;
    } catch (error) {
        failed++;
        console.log(`FAIL ${name}: ${/** @type {Error} */ (error).message.split('\n').slice(0, 6).join(' | ')}`);
    }
}

export function finish() {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed || !passed ? 1 : 0;
}

/** @param {any} got @param {any} wanted @param {string} what */
export function equal(got, wanted, what) {
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (a !== b) throw new Error(`${what}: got ${a}, wanted ${b}`);
}

/** @param {any} fact @param {string} what */
export function truth(fact, what) {
    if (!fact) throw new Error(`not so: ${what}`);
}

/** Asks until it holds. @param {() => Promise<void>} body */
export async function soon(body) {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
        try {
            return await body();
        } catch (error) {
            if (Date.now() > until) throw error;
            await new Promise((done) => setTimeout(done, 100));
        }
    }
}

let browser = null;
export async function open_browser() {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}
export const close_browser = () => browser?.close();

/** A page in its own context; `said` gathers console errors, exceptions and requests to strangers.
 * @param {string} url @param {{width?: number, height?: number, theme?: 'dark'|'light'}} [look] */
export async function visit(url, { width = 1440, height = 1000, theme = 'dark' } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const said = [];
    page.on('console', (line) => {
        if (['error', 'warning'].includes(line.type())) said.push(line.text());
    });
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => {
        const at = new URL(request.url());
        if (at.protocol.startsWith('http') && at.host !== new URL(url).host) said.push(`a request to ${at.host}`);
    });
    await page.goto(url);
    const text = (/** @type {string} */ selector) => page.textContent(selector).then((t) => (t ?? '').trim());
    return { page, context, said, text, close: () => context.close(), url };
}

/** @param {any} page @param {string} name */
export async function picture(page, name) {
    mkdirSync(SCREENS, { recursive: true });
    await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
}

/** The live book is on the page. @param {any} visit */
export const book_is_live = ({ page }) => page.waitForSelector('#book-state[data-state="live"]');

/** Price and lots as the ladder shows them, best first. @param {any} page @param {'bids'|'asks'} side */
export async function shown_levels(page, side) {
    const rows = await page.$$eval(`#${side} tr`, (all) => all.map((row) => [row.children[0].textContent, row.children[1].textContent]));
    return (side === 'asks' ? rows.reverse() : rows).filter(([price]) => price);
}

/** What a sideways scroll would show. @param {any} page */
export const too_wide = (page) => page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > width + 1).slice(0, 4).map((node) => `${node.tagName}#${node.id}.${node.className}`);
});
