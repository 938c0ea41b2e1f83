/* all.mjs -- every test of the page, one after the other; with an address, the ones that suit any venue. */

import { close_browser, finish, open_browser } from './check.mjs';

await import('./unit_test.mjs');
await open_browser();
await import('./page_test.mjs');
if (process.env.VENUE_URL) await import('./venue_test.mjs');
await close_browser();
finish();
