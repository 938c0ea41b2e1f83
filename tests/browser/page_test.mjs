/* page_test.mjs -- the page in Chromium against the mock venue: what it shows, what it does when things go wrong. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, book_is_live, equal, picture, shown_levels, soon, test, too_wide, truth, visit } from './check.mjs';
import { Mock } from './mock.mjs';

const JULY = 'GPUH-M-2026-07';
const AUGUST = 'GPUH-M-2026-08';
const grouped = (/** @type {string} */ text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A venue and a page on it, both gone afterwards.
 * @param {object} options @param {object} look @param {(mock: Mock, at: any) => Promise<void>} body @param {(mock: Mock) => void} [before] */
async function at_venue(options, look, body, before = () => {}) {
    const mock = new Mock(options);
    before(mock);
    const url = await mock.start();
    const at = await visit(url, look);
    try {
        await body(mock, at);
    } finally {
        await at.close();
        await mock.stop();
    }
}

/** @param {string} name @param {(mock: Mock, at: any) => Promise<void>} body @param {(mock: Mock) => void} [before] */
const live = (name, body, before) => test(`page: ${name}`, () => at_venue({}, {}, async (mock, at) => {
    await book_is_live(at);
    await body(mock, at);
    equal(at.said.filter((line) => !line.startsWith('Failed to load resource')), [], 'the console');
}, before));

await live('every ticker of the list is as the API says', async (mock, { page }) => {
    await soon(async () => {
        const rows = await page.$$eval('#contracts tr', (all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
        const wanted = mock.month.instruments.map((one) => {
            const ticker = mock.month.tickers.find((row) => row.contract === one.id);
            return [one.id, ticker.bid, ticker.ask, ticker.last, one.settlement, grouped(ticker.volume), grouped(ticker.open_interest)];
        });
        equal(rows, wanted, 'rows');
    });
});

await live('the strip shows the demo month’s contract', async (mock, { page, text }) => {
    const [one] = mock.month.instruments;
    await soon(async () => equal(await text('#strip-mean'), `${one.mean} (${one.fixed}/${one.fixings})`, 'running average'));
    equal(await page.inputValue('#contract'), JULY, 'selected');
    equal(await text('#strip-last'), mock.month.tickers[0].last, 'last');
    equal(await text('#strip-settlement'), one.settlement, 'settlement');
    equal(await text('#strip-state'), 'continuous', 'state');
});

await live('the benchmark’s label stands in every panel with a price', async (_mock, { page }) => {
    for (const id of ['strip', 'index', 'price', 'depth', 'tape', 'ticket', 'curve', 'contracts', 'settlements', 'accounts']) {
        await soon(async () => equal(await page.$eval(`#${id}-label`, (node) => [node.textContent, node.dataset.label, node.offsetWidth > 0]), ['synthetic', 'synthetic', true], id));
    }
});

await live('the benchmark panel tells the last print, and all of them in its table', async (mock, { page, text }) => {
    const last = mock.month.prints.at(-1);
    await soon(async () => truth((await text('#index-readout')).startsWith(`${last.date}  ·  ${last.value}`), `the readout begins with ${last.date} ${last.value}`));
    await page.click('#index-view');
    const rows = await page.$$eval('#index-rows tr', (all) => all.map((row) => [row.children[0].textContent, row.children[1].textContent, row.children[2].textContent]));
    const words = { PRINTED: 'printed', CARRIED: 'carried', NO_PRINT: 'no print' };
    equal(rows, mock.month.prints.slice().reverse().map((print) => [print.date, print.value ?? '–', `${words[print.status]} ${print.level}${print.restated ? `, restated ${print.restated.value} (version 2)` : ''}`]), 'rows');
    truth((await page.getAttribute('#index-chart', 'aria-label')).includes('1 restated'), 'the label counts restated dates');
    truth(await page.isHidden('#index-chart'), 'the chart made room');
    truth((await page.getAttribute('#index-chart', 'aria-label')).includes('1 without a print'), 'the label counts missing days');
});

await live('carried, missing and restated days are drawn', async (_mock, { page }) => {
    await page.waitForSelector('#index-chart canvas');
    const colours = await page.$eval('#index-chart canvas', (canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const style = getComputedStyle(document.documentElement);
        const seen = {};
        for (const name of ['amber', 'sell', 'accent', 'violet']) {
            const wanted = style.getPropertyValue(`--${name}`).trim().match(/\w\w/g).map((hex) => parseInt(hex, 16));
            seen[name] = 0;
            for (let i = 0; i < data.length; i += 4) if (wanted.every((value, at) => Math.abs(value - data[i + at]) < 12)) seen[name]++;
        }
        return seen;
    });
    truth(colours.amber > 20, `rings of carried days: ${colours.amber} pixels`);
    truth(colours.sell > 20, `bars of missing days: ${colours.sell} pixels`);
    truth(colours.violet > 20, `the diamond of a restated day: ${colours.violet} pixels`);
    truth(colours.accent > 100, `the line: ${colours.accent} pixels`);
});

await live('depth is the venue’s book, and follows it', async (mock, { page, text }) => {
    const same = () => soon(async () => {
        for (const side of ['bids', 'asks']) equal(await shown_levels(page, side), mock.month.books.get(JULY)[side].slice(0, 12).map((level) => level.slice(0, 2)), side);
        equal(await page.getAttribute('#book-state', 'data-seq'), String(mock.month.books.get(JULY).seq), 'seq');
    });
    await same();
    const best = mock.month.books.get(JULY).bids[0];
    mock.change(JULY, 'bids', best[0], 11);
    mock.change(JULY, 'bids', mock.month.books.get(JULY).bids[1][0], -1000);
    mock.change(JULY, 'asks', '9.000', 1, { checksum: 'right' });
    await same();
    await soon(async () => truth(await page.getAttribute('#book-state', 'data-checksum'), 'a checksum agreed'));
    const { bids, asks } = mock.month.books.get(JULY);
    equal(await text('#spread'), (Number(asks[0][0]) - Number(bids[0][0])).toFixed(3), 'spread');
    equal(await page.getAttribute('#book-state', 'data-resyncs'), '0', 'resyncs');
});

for (const [name, fault] of [['a lost message', { lose: true }], ['a wrong checksum', { checksum: 'wrong' }]]) {
    await live(`${name} makes it ask for the book again`, async (mock, { page }) => {
        const asked = () => mock.subscribed.filter((one) => one.channel === 'book').length;
        const before = asked();
        const price = mock.month.books.get(JULY).asks[0][0];
        mock.change(JULY, 'asks', price, 5, fault);
        if (fault.lose) mock.change(JULY, 'asks', price, 6);
        await soon(async () => equal([asked(), await page.getAttribute('#book-state', 'data-resyncs'), await page.getAttribute('#book-state', 'data-state')], [before + 1, '1', 'live'], 'asked, resyncs, state'));
        equal(await shown_levels(page, 'asks'), mock.month.books.get(JULY).asks.slice(0, 12).map((level) => level.slice(0, 2)), 'asks');
    });
}

await live('trades come newest first, once each', async (mock, { page }) => {
    mock.trade(JULY, '2.921', 4, 'sell');
    mock.trade(JULY, '2.922', 3, 'buy');
    await soon(async () => {
        const rows = await page.$$eval('#tape tr', (all) => all.map((row) => [row.children[1].textContent, row.children[2].textContent]));
        const wanted = mock.month.trades.get(JULY).slice(-52).reverse().map((trade) => [trade.price, trade.quantity]);
        equal(rows, wanted, 'rows');
    });
    await soon(async () => equal(await page.textContent('#strip-last'), '2.922', 'last'));
});

await live('another contract by keyboard', async (mock, { page, text }) => {
    await page.focus(`#contracts button:text-is("${AUGUST}")`);
    await page.keyboard.press('Enter');
    await soon(async () => equal([await page.inputValue('#contract'), await text('#depth-contract'), await text('#settlements-contract')], [AUGUST, AUGUST, AUGUST], 'selected'));
    await soon(async () => equal(await shown_levels(page, 'bids'), mock.month.books.get(AUGUST).bids.slice(0, 12).map((level) => level.slice(0, 2)), 'bids'));
    mock.publish_status();
    mock.change(JULY, 'bids', '1.000', 1);
    await soon(async () => equal(await page.evaluate(() => document.activeElement?.textContent), AUGUST, 'focus stays'));
});

await live('settlements of the selected contract, all pages of them, with their rules', async (mock, { page }) => {
    await soon(async () => {
        const rows = await page.$$eval('#daily tr', (all) => all.map((row) => [row.children[0].textContent, row.children[1].textContent, row.children[2].title.split(',')[0]]));
        equal(rows, mock.month.settlements.filter((row) => row.contract === JULY).reverse().map((row) => [row.date, row.price, row.rule]), 'rows');
    });
});

await live('accounts, positions and margins are as the API says', async (mock, { page }) => {
    await soon(async () => {
        const lots = await page.$$eval('#accounts tr', (all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)).filter((cells) => cells[0] !== 'no position').map((cells) => [cells[0], cells[1]]));
        equal(lots, mock.month.positions.map((row) => [row.contract, Number(row.lots) > 0 ? `+${row.lots}` : row.lots]), 'positions');
        const cash = await page.$$eval('#accounts td[rowspan]:nth-last-child(3)', (all) => all.map((cell) => cell.title));
        equal(cash, mock.month.margins.map((row) => row.cash), 'cash, exact in the title');
    });
});

await live('the ledger badge: good, then out of balance', async (mock, { page, text }) => {
    equal([await page.getAttribute('#ledger-badge', 'data-state'), await text('#ledger-badge'), await text('#ledger-long'), await text('#ledger-short')], ['ok', 'Ledger sums to 0.00', mock.month.status.ledger.long, mock.month.status.ledger.short], 'good');
    equal(await text('#ledger-hash'), mock.month.status.state_hash, 'state hash');
    mock.month.status.ledger = { sum: '-0.000001', long: '281', short: '280', balanced: false };
    mock.publish_status();
    await soon(async () => equal([await page.getAttribute('#ledger-badge', 'data-state'), await text('#ledger-badge')], ['bad', 'LEDGER OUT BY -0.000001'], 'bad'));
});

await live('the line is cut and comes back', async (mock, { page, text }) => {
    mock.cut();
    await page.waitForSelector('#link[data-state="lost"]');
    truth((await text('#banner')).startsWith('Not connected to the venue.'), 'the banner says so');
    await book_is_live({ page });
    mock.change(JULY, 'bids', '1.000', 1);
    await page.waitForSelector('#link[data-state="live"]');
    await soon(async () => truth(await page.isHidden('#banner'), 'the banner is gone'));
    await soon(async () => equal(await page.getAttribute('#book-state', 'data-seq'), String(mock.month.books.get(JULY).seq), 'seq'));
});

await test('page: the venue goes away and what was seen stays', () => at_venue({}, {}, async (mock, at) => {
    await book_is_live(at);
    const last = await at.text('#strip-last');
    await mock.stop();
    await at.page.waitForSelector('#link[data-state="lost"]');
    equal(await at.text('#strip-last'), last, 'last');
    await at.page.fill('#order-price', '2.900');
    await at.page.click('#order-send');
    await soon(async () => equal(await at.text('#order-answer'), 'The venue does not answer.', 'sentence'));
}));

await live('a venue that stops says so', async (mock, { page, text }) => {
    mock.month.status.state = 'stopped';
    mock.publish_status();
    await page.waitForSelector('#link[data-state="stopped"]');
    equal(await text('#banner'), 'The venue has stopped. What you see is its last state.', 'banner');
});

const ORDERS = [
    ['off the tick', { price: '2.9005', quantity: '1' }, 'Price off the contract\'s tick. TICK: 2.9005 is no multiple of 0.001.', 'price'],
    ['no price', { price: '', quantity: '1' }, 'A field is missing, unknown or malformed. BAD_FIELD: price is not a decimal.', 'price'],
    ['no lots', { price: '2.900', quantity: '0' }, 'Quantity zero, negative, off step or outside minimum and maximum. QTY: 0 below 1.', 'quantity'],
    ['words for lots', { price: '2.900', quantity: 'many' }, 'A field is missing, unknown or malformed. BAD_FIELD: quantity is not a whole number of lots.', 'quantity'],
    ['too large', { price: '2.900', quantity: '5000' }, 'Free collateral does not cover margin with worst fills. MARGIN: 2498000.00 above 228000.00.', ''],
];
for (const [name, fields, sentence, wrong] of ORDERS) {
    await live(`an order refused: ${name}`, async (_mock, { page, text }) => {
        for (const [field, value] of Object.entries(fields)) await page.fill(`#order-${field}`, value);
        await page.click('#order-send');
        await soon(async () => equal(await text('#order-answer'), sentence, 'sentence'));
        for (const field of ['price', 'quantity']) equal([await page.getAttribute(`#order-${field}`, 'aria-invalid'), Boolean(await text(`#order-${field}-error`))], wrong === field ? ['true', true] : [null, false], field);
        equal(await page.getAttribute('#order-answer', 'data-state'), 'bad', 'state');
    });
}

await live('an order rests, is listed, is cancelled', async (mock, { page, text }) => {
    await page.fill('#order-price', '2.500');
    await page.fill('#order-quantity', '7');
    equal(await text('#order-send'), `Buy 7 ${JULY} at 2.500`, 'button');
    await page.press('#order-quantity', 'Enter');
    await soon(async () => equal(await text('#order-answer'), 'Order 50001 is in: 7 open.', 'answer'));
    await soon(async () => equal(await page.$$eval('#orders tr', (all) => all.map((row) => [...row.children].map((cell) => cell.textContent))), [[JULY, 'buy', '2.500', '7', 'Cancel']], 'orders'));
    await page.click('button[aria-label="Cancel order 50001"]');
    await soon(async () => equal([await text('#orders-answer'), await text('#orders')], ['Order 50001 cancelled; 0 were filled.', 'No open order.'], 'cancelled'));
    equal(mock.orders.get('50001').reason, 'USER', 'at the venue');
});

await live('a market order takes the best ask', async (mock, { page, text }) => {
    const [price] = mock.month.books.get(JULY).asks[0];
    await page.selectOption('#order-type', 'market');
    await page.click('#order-send');
    await soon(async () => equal(await text('#order-answer'), `Order 50001: all 1 filled at ${price}.`, 'answer'));
    equal(mock.orders.get('50001').tif, 'ioc', 'in force');
});

await live('a price of the ladder goes into the order; selling is said', async (mock, { page, text }) => {
    const [price] = mock.month.books.get(JULY).bids[2];
    await page.click('#bids tr:nth-child(3) button');
    await page.check('input[value="sell"]', { force: true });
    equal([await page.inputValue('#order-price'), await text('#order-send')], [price, `Sell 1 ${JULY} at ${price}`], 'order');
});

await live('a cancel that comes too late is a sentence', async (mock, { page, text }) => {
    mock.order_new({ client_id: 'x', contract: JULY, side: 'buy', type: 'limit', price: '2.500', quantity: '3', tif: 'day', post_only: false });
    await page.waitForSelector('button[aria-label="Cancel order 50001"]');
    mock.answers.set('GET orders', [200, { orders: [mock.orders.get('50001')] }]);
    mock.orders.get('50001').state = 'done';
    await page.click('button[aria-label="Cancel order 50001"]');
    await soon(async () => equal(await text('#orders-answer'), 'No such working order. UNKNOWN_ORDER: 50001.', 'sentence'));
});

await live('an answer that is no JSON, and one whose fate is unknown', async (mock, { page, text }) => {
    mock.answers.set('POST orders', [503, { type: '/docs/rejects#UNAVAILABLE', title: 'the venue takes no requests now', status: 503, code: 'UNAVAILABLE', detail: 'UNAVAILABLE: stopping', accepted: 'unknown' }]);
    await page.fill('#order-price', '2.500');
    await page.click('#order-send');
    await soon(async () => equal(await text('#order-answer'), 'The venue takes no requests now. UNAVAILABLE: stopping. It is not known whether the order was taken: look at the open orders before you try again.', 'unknown'));
    await page.route('**/v1/orders', (route) => route.fulfill({ status: 500, body: '<html>' }));
    await page.click('#order-send');
    await soon(async () => equal(await text('#order-answer'), "The venue's answer (500) is not JSON.", 'no JSON'));
});

await live('a venue without a demo key', async (_mock, { page, text }) => {
    await soon(async () => equal(await text('#accounts'), 'This venue takes no demo key: positions and orders are for its signed clients.', 'accounts'));
    equal(await page.getAttribute('#link', 'data-state'), 'live', 'the page lives on');
}, (mock) => mock.answers.set('GET accounts', [401, { title: 'identity not proven', status: 401, code: 'AUTH', detail: 'AUTH: no such key' }]));

await live('names are text, and long ones are cut, not wrapped out of the page', async (_mock, { page, text }) => {
    await soon(async () => truth((await text('#accounts')).includes('<img src=x onerror=alert(1)>'), 'shown as typed'));
    equal(await page.$$eval('img', (all) => all.length), 0, 'images');
    for (const width of [1440, 1100, 768, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await soon(async () => equal(await too_wide(page), [], `too wide at ${width}`));
    }
}, (mock) => {
    mock.month.accounts[0].name = '<img src=x onerror=alert(1)>';
    mock.month.accounts[1].name = 'W'.repeat(32);
    mock.month.status.venue = 'V'.repeat(32);
    mock.month.instruments[0].index = mock.month.index.index;
    for (const margin of mock.month.margins) margin.cash = '-9223372036854.775807';
});

const LIMIT = { basis: 'demonstration', lots: '3000', rule_lots: '3000', cost_to_move: '2.27', lstar: '0.806', may_list_by_rule: false };
for (const [name, changed, words] of [
    ['a demonstration below one lot', {}, 'Demonstration: by rule this contract may not list: cost to move 1 % is 2.27 USD, L* = 0.806 lots'],
    ['a demonstration on posted prices', { cost_to_move: null, lstar: null }, 'Demonstration: by rule this contract may not list: posted prices cost nothing to move, L* = 0 lots'],
    ['a demonstration that may list', { lstar: '9.000', may_list_by_rule: true }, ''],
    ['a traded benchmark', { basis: 'lesser' }, ''],
]) {
    await live(`may it list by rule: ${name}`, async (_mock, { page, text }) => {
        await soon(async () => equal([await text('#may-not-list'), await page.isVisible('#may-not-list')], [words, words !== ''], 'the line'));
    }, (mock) => {
        for (const one of mock.month.instruments) one.quote = 'USD', one.position_limit = { ...LIMIT, ...changed };
    });
}

await test('page: a settled month says what happened', () => at_venue({ settled: true }, {}, async (mock, at) => {
    const [final] = mock.month.final;
    const { startup } = mock.month.status.demo.summary;
    await soon(async () => truth((await at.text('#summary-value')).startsWith(final.value), `the value ${final.value}`));
    const words = await at.text('#summary-body');
    for (const part of [`Mean of ${final.days} days; ${final.carried} carried, ${final.missing} missing.`, '252,857.40 USD', '250,148.40 USD', 'The hedge made it 2,709.00 USD cheaper (120 lots bought ahead at 2.8660, futures +2,893.72, fees 184.72).']) truth(words.includes(part), `"${part}" in "${words}"`);
    await soon(async () => equal(await at.page.$$eval('#final tr', (all) => all.map((row) => [...row.children].map((cell) => cell.textContent))), [[final.contract, final.value, String(final.days), String(final.carried), String(final.missing), final.open_interest]], 'final'));
    equal([await at.text('#spread-text'), await at.text('#strip-state'), startup.name], ['empty book', 'settled', 'Startup'], 'book and state');
    await picture(at.page, 'settled-1440-dark');
    equal(at.said, [], 'the console');
}));

await test('page: a venue without data says so in words', () => at_venue({ empty: true }, {}, async (_mock, at) => {
    for (const [id, words] of [['index-readout', 'No print yet.'], ['curve-readout', 'No contract listed yet.'], ['contracts', 'No contract listed yet.'], ['tape', 'No contract listed yet.'], ['daily', 'No settlement yet.'], ['accounts', 'No account yet.'], ['orders', 'No open order.'], ['book-state', 'No contract listed yet.'], ['spread-text', 'no contract']]) {
        await soon(async () => equal(await at.text(`#${id}`), words, id));
    }
    await picture(at.page, 'empty-1440-dark');
    equal(at.said, [], 'the console');
}));

await test('page: the label of posted prices', () => at_venue({ label: 'posted' }, {}, async (_mock, at) => {
    await soon(async () => equal(await at.text('#strip-label'), 'posted', 'label'));
    truth((await at.text('#label-meaning')).startsWith('Posted: the benchmark is made from list prices and offers, not from trades.'), 'the foot explains it');
}));

for (const theme of ['dark', 'light']) {
    for (const width of [1440, 1100, 768, 390]) {
        await test(`look: ${theme}, ${width} wide`, () => at_venue({}, { width, height: width < 500 ? 844 : 1000, theme: /** @type {any} */ (theme) }, async (mock, at) => {
            await book_is_live(at);
            mock.change(JULY, 'asks', '9.000', 1, { checksum: 'right' });
            await soon(async () => truth(await at.page.$('#accounts td[rowspan]') && await at.page.$('#curve-chart canvas') && await at.page.$('#price-chart canvas') && await at.page.$('#daily th'), 'everything has arrived'));
            equal(await too_wide(at.page), [], 'too wide');
            const dark = await at.page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number).reduce((a, b) => a + b) < 200);
            equal(dark, theme === 'dark', 'dark');
            if (width === 1440 || width === 390) await picture(at.page, `market-${width}-${theme}`);
            equal(at.said, [], 'the console');
        }));
    }
}

await live('the button turns the colours, charts included, and the choice is kept', async (_mock, { page }) => {
    const state = () => page.evaluate(() => [document.documentElement.dataset.theme, document.getElementById('theme').getAttribute('aria-label')]);
    equal(await state(), ['dark', 'Switch to light colours'], 'before');
    await page.click('#theme');
    equal(await state(), ['light', 'Switch to dark colours'], 'after');
    await page.waitForSelector('#index-chart canvas');
    await page.reload();
    equal(await state(), ['light', 'Switch to dark colours'], 'after a reload');
});

await test('look: nothing jumps when the data arrive', () => at_venue({}, {}, async (_mock, at) => {
    await book_is_live(at);
    await at.page.waitForSelector('#accounts td[rowspan]');
    const moved = await at.page.evaluate(() => new Promise((done) => {
        let sum = 0;
        const note = (/** @type {PerformanceObserverEntryList} */ list) => list.getEntries().forEach((entry) => { sum += /** @type {any} */ (entry).value; });
        new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => setTimeout(() => done(sum), 300));
    }));
    truth(moved < .02, `layout shift ${moved}`);
}));

/** WCAG contrast of two colours in hexadecimal. */
function contrast(a, b) {
    const light = (/** @type {string} */ hex) => {
        const [r, g, blue] = hex.match(/\w\w/g).map((part) => parseInt(part, 16) / 255).map((v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4));
        return .2126 * r + .7152 * g + .0722 * blue;
    };
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + .05) / (low + .05);
}
const css = readFileSync(join(ROOT, 'web/style.css'), 'utf8');
const PAIRS = [['text', 'bg'], ['text', 'panel'], ['text', 'raised'], ['text', 'buy-soft'], ['text', 'sell-soft'], ['muted', 'bg'], ['muted', 'panel'], ['muted', 'raised'], ['muted', 'buy-soft'], ['muted', 'sell-soft'],
    ['buy', 'panel'], ['sell', 'panel'], ['buy', 'buy-soft'], ['sell', 'sell-soft'], ['accent', 'panel'], ['accent', 'raised'], ['amber', 'amber-soft'], ['violet', 'violet-soft'], ['amber', 'panel'], ['accent-ink', 'buy']];
for (const [theme, block] of [['dark', css.match(/:root \{([^}]*)\}/)[1]], ['light', css.match(/\[data-theme="light"\] \{([^}]*)\}/)[1]]]) {
    const colour = (/** @type {string} */ name) => block.match(new RegExp(`--${name}: (#\\w{6})`))[1];
    for (const [ink, paper] of PAIRS) await test(`contrast: ${theme} ${ink} on ${paper}`, () => truth(contrast(colour(ink), colour(paper)) >= 4.5, `${contrast(colour(ink), colour(paper)).toFixed(2)} >= 4.5`));
}

await live('every control has a name and every table a caption', async (_mock, { page }) => {
    const bare = await page.evaluate(() => [...document.querySelectorAll('button, select, input, table, progress')].filter((node) => {
        if (node.tagName === 'TABLE') return !node.closest('.lw, #price-chart, .tv-lightweight-charts') && !node.querySelector('caption');
        return !(node.getAttribute('aria-label') || node.textContent.trim() || /** @type {any} */ (node).labels?.length || /** @type {any} */ (node).hidden);
    }).map((node) => `${node.tagName}#${node.id}`));
    equal(bare, [], 'bare');
});

await live('the attribution and the licences are on the page', async (_mock, { page, text }) => {
    truth((await text('.credit')).includes('TradingView Lightweight Charts™ Copyright (c) 2026 TradingView, Inc.'), 'notice');
    equal(await page.getAttribute('.credit a', 'href'), 'https://www.tradingview.com/', 'link');
    const notices = await page.evaluate(() => fetch('vendor/notices.txt').then((reply) => reply.text()));
    truth(notices.includes('Leon Sorokin') && notices.includes('TradingView'), 'notices.txt');
});
