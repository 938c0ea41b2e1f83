/* all.mjs -- every test of the page, one after the other; those for any venue run against the mock if there is no other. */

import { close_browser, finish, open_browser } from './check.mjs';
import { Mock } from './mock.mjs';

await import('./unit_test.mjs');
await open_browser();
await import('./page_test.mjs');
const mock = process.env.VENUE_URL ? null : new Mock();
if (mock) process.env.VENUE_URL = await mock.start();
await import('./venue_test.mjs');
await mock?.stop();
await close_browser();
finish();
