/* venue_test.mjs -- the page on a running venue, VENUE_URL: what it shows is what that venue's API says.
 * The venue's market moves, so each comparison is asked again until page and API agree.
 * What needs a demo month (DEMO=1) waits for its settlement, as long as the venue takes.
 */

import { book_is_live, equal, picture, shown_levels, soon, test, too_wide, truth, visit } from './check.mjs';
import { money, price } from '../../web/js/decimal.js';

const url = /** @type {string} */ (process.env.VENUE_URL);
const get = async (/** @type {string} */ path, key = false) => {
    const reply = await fetch(new URL(`v1/${path}`, url), { headers: key ? { 'HR-Key': 'demo' } : {} });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
};
const at = await visit(url);
const { page, text } = at;
const chosen = () => page.inputValue('#contract');

await test('venue: the book is live', () => book_is_live(at));
await test('venue: name, ledger and hash', () => soon(async () => {
    const status = await get('status');
    equal(await text('#venue'), status.venue, 'venue');
    equal(await page.getAttribute('#ledger-badge', 'data-state'), status.ledger.balanced ? 'ok' : 'bad', 'ledger');
    equal(await text('#ledger-hash'), status.state_hash || '–', 'state hash');
}));
await test('venue: every listed contract has its row and label', () => soon(async () => {
    const { instruments } = await get('instruments');
    equal(await page.$$eval('#contracts th button', (all) => all.map((button) => button.textContent)), instruments.map((one) => one.id), 'ids');
    equal(await text('#strip-label'), instruments[0].label, 'label');
}));
await test('venue: what may not list by rule says so', () => soon(async () => {
    const id = await chosen();
    const one = (await get('instruments')).instruments.find((row) => row.id === id);
    const limit = one.position_limit;
    const shown = limit?.basis === 'demonstration' && !limit.may_list_by_rule;
    const words = limit?.cost_to_move == null ? 'posted prices cost nothing to move' : `${money(limit.cost_to_move)} USD, L* = ${limit.lstar} lots`;
    equal(await page.isVisible('#may-not-list'), shown, 'the line');
    if (shown) truth((await text('#may-not-list')).includes(words), `${words}: ${await text('#may-not-list')}`);
}));
await test('venue: depth', () => soon(async () => {
    const book = await get(`book/${await chosen()}?depth=12`);
    for (const side of ['bids', 'asks']) equal(await shown_levels(page, side), book[side].map((level) => level.slice(0, 2)), side);
}));
await test('venue: trades', () => soon(async () => {
    const { trades } = await get(`trades/${await chosen()}?limit=20`);
    const rows = await page.$$eval('#tape tr', (all) => all.slice(0, 20).map((row) => [row.children[1]?.textContent, row.children[2]?.textContent]));
    equal(rows, trades.map((trade) => [price(trade.price), trade.quantity]), 'rows');
}));
await test('venue: the benchmark', () => soon(async () => {
    const [{ index }] = (await get('index')).indexes;
    const { prints } = await get(`index/${index}`);
    const last = prints.slice().sort((a, b) => (a.date < b.date ? 1 : -1))[0];
    truth((await text('#index-readout')).startsWith(`${last.date}  ·  ${last.value === null ? 'no print' : price(last.value)}`), `readout of ${last.date}`);
}));
await test('venue: positions', () => soon(async () => {
    const { positions } = await get('positions', true);
    const rows = await page.$$eval('#accounts tr', (all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)).filter((cells) => cells.length > 3 && cells[0] !== 'no position').map((cells) => cells.slice(0, 2).join(' ')));
    equal(rows.sort(), positions.map((row) => `${row.contract} ${Number(row.lots) > 0 ? '+' : ''}${row.lots.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`).sort(), 'rows');
}));
await test('venue: a price off the tick is refused in words', async () => {
    await soon(async () => { /* a closed session refuses it for that: then once more */
        await page.fill('#order-price', '1.00005');
        const answer = page.waitForResponse((reply) => reply.url().endsWith('/v1/orders') && reply.request().method() === 'POST');
        await page.click('#order-send');
        await answer;
        await page.waitForFunction(() => document.getElementById('order-answer').dataset.state);
        truth(/^[A-Z].*TICK/.test(await text('#order-answer')), `a sentence: ${await text('#order-answer')}`);
    });
});
await test('venue: an order rests, is listed, is cancelled', async () => {
    await page.check('input[name="post_only"]');
    await soon(async () => { /* a closed session or a moved market refuses it: then once more */
        const { bids } = await get(`book/${await chosen()}?depth=12`);
        await page.fill('#order-price', bids.at(-1)?.[0] ?? '1.000');
        const answer = page.waitForResponse((reply) => reply.url().endsWith('/v1/orders') && reply.request().method() === 'POST');
        await page.click('#order-send');
        await answer;
        await page.waitForFunction(() => document.getElementById('order-answer').dataset.state);
        truth(/^Order \d+ is in/.test(await text('#order-answer')), `the answer: ${await text('#order-answer')}`);
    });
    const id = (await text('#order-answer')).match(/\d+/)[0];
    await soon(async () => {
        const button = await page.$(`button[aria-label="Cancel order ${id}"]`);
        if (button) await button.click();
        equal((await get(`orders/${id}`, true)).state, 'done', 'state');
    });
});
await test('venue: both widths, both colours', async () => {
    for (const theme of /** @type {const} */ (['dark', 'light'])) {
        for (const width of [1440, 390]) {
            const other = await visit(url, { width, height: width < 500 ? 844 : 1000, theme });
            await soon(async () => truth(await other.page.$('#accounts td[rowspan]') && await other.page.$('#curve-chart canvas') && await other.page.$('#price-chart canvas'), 'everything has arrived'));
            equal(await too_wide(other.page), [], `too wide at ${width}`);
            await picture(other.page, `venue-${width}-${theme}`);
            equal(other.said, [], 'the console');
            await other.close();
        }
    }
});
if (process.env.DEMO) {
    await test('venue: the month settles and the page says what happened', async () => {
        for (let i = 0; i < 60 && !(await get('status')).demo.settled; i++) await new Promise((done) => setTimeout(done, 5000));
        const { demo } = await get('status');
        truth(demo.settled, 'settled');
        await soon(async () => truth((await text('#summary-value')).startsWith(price(demo.summary.value)), `the value ${demo.summary.value}`));
        await soon(async () => equal(await page.$$eval('#final tr', (all) => all.map((row) => row.children[1].textContent)[0]), price((await get('settlements')).final[0].value), 'final'));
        await picture(page, 'venue-settled-1440-dark');
    });
}
await test('venue: nothing on the console, nobody else asked', () => equal(at.said.filter((line) => !line.startsWith('Failed to load resource')), [], 'said'));
await at.close();
