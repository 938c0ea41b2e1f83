/* month.mjs -- a made-up month of a venue, as its API would tell it: fixtures for the page's tests.
 * Owns:   every figure the mock server says. Nothing here is a price of anything.
 * Never:  uses a clock or an unseeded random number: one seed, one month.
 * Always: positions of a contract sum to zero, the running average is the mean of its fixings.
 */

const DAY_MS = 86400000;
const FIRST_PRINT = '2026-06-12';
const HOLIDAY = '2026-07-03';
const CARRIED = new Set(['2026-07-11', '2026-07-14', '2026-07-26']);
const MISSING = new Set(['2026-06-21', '2026-07-19']);
const RESTATED = '2026-07-08';
const INDEX = 'HDG-H100-OD-US';

/** mulberry32 @param {number} seed */
function random_of(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

export const iso = (/** @type {number} */ ms) => new Date(ms).toISOString().slice(0, 10);
export const stamp = (/** @type {number} */ ms) => ({ time: new Date(ms).toISOString().replace('Z', '000000Z'), ts: ms * 1000000 });
export const fixed = (/** @type {number} */ micros, digits = 3) => (micros / 1e6).toFixed(digits);
const dates = (/** @type {string} */ from, /** @type {string} */ to) => {
    const list = [];
    for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) list.push(iso(at));
    return list;
};
const weekday = (/** @type {string} */ date) => ![0, 6].includes(new Date(date).getUTCDay()) && date !== HOLIDAY;
const last_of = (/** @type {number} */ year, /** @type {number} */ month) => iso(Date.UTC(year, month, 0));
const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
const hash = (/** @type {() => number} */ random) => Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('');

/** Prints of the benchmark up to a date. @param {string} last @param {string} label */
function prints_to(last, label) {
    const random = random_of(7);
    let value = 2812000;
    let printed = { date: FIRST_PRINT, value };
    return dates(FIRST_PRINT, last).map((date) => {
        value = Math.round((value * (1 + (random() - .485) * .021)) / 1000) * 1000;
        const status = MISSING.has(date) ? 'NO_PRINT' : CARRIED.has(date) ? 'CARRIED' : 'PRINTED';
        if (status === 'PRINTED') printed = { date, value };
        const at = printed.value;
        const width = .03 + random() * .02;
        const band = { p1: at * (1 - width * 4.2), p25: at * (1 - width), p50: at * (1 + (random() - .5) * .008), p75: at * (1 + width * .9), p99: at * (1 + width * 3.4) };
        const none = status === 'NO_PRINT';
        return {
            date, version: 1, status, level: none ? 'L6' : status === 'CARRIED' ? 'L5' : 'L1', value: none ? null : fixed(at, 4),
            priced_on: none ? null : printed.date, ...Object.fromEntries(Object.entries(band).map(([name, micros]) => [name, none ? null : fixed(micros, 4)])),
            owners: none ? 2 : 7 + Math.floor(random() * 5), observations: none ? 3 : 32 + Math.floor(random() * 40), volume: none ? '0' : String(30000 + Math.floor(random() * 30000)),
            reason: none ? 'OWNERS' : status === 'CARRIED' ? 'VOLUME' : '', receipt: hash(random), index: INDEX, label,
            restated: date === RESTATED ? { version: 2, status: 'PRINTED', value: fixed(at * .9865, 4), ...stamp(Date.parse(date) + 68460000) } : null, ...stamp(Date.parse(date) + 57660000),
        };
    });
}

/** What the venue lists: months, two quarters, a year. */
function listed(label) {
    const base = { product: 'GPUH-M', spec_version: 1, index: INDEX, label, quote: 'USD', unit: 'GPU_HOUR', contract_size: '730', tick: '0.001', tick_value: '0.73', phase: 'continuous', state: 'TRADING', fixed: 0, mean: null, settlement: null, final: null };
    const rows = [];
    for (let i = 0; i < 12; i++) {
        const year = 2026 + Math.floor((6 + i) / 12);
        const month = ((6 + i) % 12) + 1;
        rows.push({ id: `GPUH-M-${year}-${two(month)}`, period_start: `${year}-${two(month)}-01`, period_end: last_of(year, month) });
    }
    for (const quarter of [1, 2]) rows.push({ id: `GPUH-Q-2027-Q${quarter}`, product: 'GPUH-Q', period_start: `2027-${two(quarter * 3 - 2)}-01`, period_end: last_of(2027, quarter * 3) });
    return rows.map((row, i) => {
        const days = dates(row.period_start, row.period_end).filter(weekday);
        return { ...base, ...row, instrument: i + 1, last_trade: days.at(-1), last_fixing: days.at(-1), fixings: days.length, reference: fixed(i < 12 ? 2830000 + i * 9000 : 2830000 + (i - 12) * 27000 + 63000) };
    });
}

/** @param {any} one @param {any[]} prints */
function fixings_of(one, prints) {
    let sum = 0;
    let n = 0;
    return prints.filter((print) => print.date >= one.period_start && print.date <= one.period_end && weekday(print.date)).map((print) => {
        const dropped = print.value === null;
        if (!dropped) {
            sum += Number(print.value);
            n++;
        }
        return { contract: one.id, date: print.date, kind: dropped ? 'dropped' : print.status === 'CARRIED' ? 'carried' : 'printed', value: print.value ?? '0', fixed: n, total: one.fixings, mean: n ? (sum / n).toFixed(6) : '0' };
    });
}

/** Trades of one contract over the trading days so far. @param {any} one @param {string[]} days @param {number} now */
function trades_of(one, days, now) {
    const random = random_of(100 + one.instrument);
    let price = Number(one.reference) * 1e6;
    const trades = [];
    const daily = Math.max(2, Math.round(70 / one.instrument));
    for (const day of days) {
        for (let i = 0; i < daily; i++) {
            const ms = Date.parse(day) + 8 * 3600000 + Math.floor(((i + random() * .8) / daily) * 12 * 3600000);
            if (ms > now) break;
            price = Math.round((price * (1 + (random() - .49) * (.0045 / Math.sqrt(one.instrument)))) / 1000) * 1000;
            trades.push({ id: String(one.instrument * 2 ** 40 + trades.length + 1), contract: one.id, ...stamp(ms), price: fixed(price), quantity: String(1 + Math.floor(random() * 18)), side: random() < .5 ? 'buy' : 'sell', micros: price });
        }
    }
    return trades;
}

/** @param {any} one @param {number} middle micros */
function book_of(one, middle) {
    const random = random_of(500 + one.instrument);
    const side = (/** @type {number} */ sign) => {
        let at = Math.round(middle / 1000) * 1000 + sign * 2000;
        return Array.from({ length: 14 }, () => {
            at += sign * 1000 * (1 + Math.floor(random() * 3));
            return [fixed(at), String(1 + Math.floor(random() * 60)), String(1 + Math.floor(random() * 4))];
        });
    };
    return { bids: side(-1), asks: side(1), seq: 8000 + one.instrument * 7 };
}

const ACCOUNTS = [
    { account: 1, name: 'Startup', category: 'capacity_buyer' }, { account: 2, name: 'Neocloud', category: 'capacity_seller' },
    { account: 3, name: 'Market maker', category: 'dealer' }, { account: 4, name: 'Speculator', category: 'managed_money' },
    { account: 9, name: 'Visitor', category: 'other' },
].map((one) => ({ kind: 'direct', status: 'OPEN', ...one }));
const HELD = [[1, 0, 120], [1, 1, 80], [2, 0, -150], [2, 1, -60], [2, 2, -25], [3, 0, 46], [3, 1, -29], [3, 2, 25], [4, 0, -16], [4, 1, 9]];

/** A month as it stands at one moment.
 * @param {{now?: string, label?: string, settled?: boolean, empty?: boolean, seed?: number}} [options] */
export function make_month({ now = '2026-07-16T14:05:00Z', label = 'synthetic', settled = false, empty = false } = {}) {
    const now_ms = Date.parse(settled ? '2026-07-31T20:20:00Z' : now);
    const today = iso(now_ms);
    const printed_to = now_ms >= Date.parse(today) + 57660000 ? today : iso(now_ms - DAY_MS);
    const prints = empty ? [] : prints_to(printed_to, label);
    const instruments = empty ? [] : listed(label);
    const days = dates('2026-07-01', '2026-07-31').filter(weekday);
    const open_days = days.filter((day) => day <= today);
    const ended = open_days.filter((day) => day < today || settled);
    const settlements = [];
    const trades = new Map();
    const books = new Map();
    const tickers = [];
    const final = [];
    for (const one of instruments) {
        const all = trades_of(one, open_days, now_ms);
        trades.set(one.id, all);
        for (const day of ended) {
            const last = all.filter((trade) => trade.time.slice(0, 10) <= day).at(-1);
            const busy = one.instrument < 4;
            settlements.push({ contract: one.id, date: day, price: last?.price ?? one.reference, rule: busy ? 'VWAP_WINDOW' : one.instrument < 8 ? 'MID_BEST' : 'PRIOR', rank: busy ? 1 : one.instrument < 8 ? 3 : 5 });
        }
        const fixings = fixings_of(one, prints);
        one.fixed = fixings.at(-1)?.fixed ?? 0;
        one.fixings -= fixings.filter((row) => row.kind === 'dropped').length;
        one.mean = one.fixed ? fixings.at(-1).mean : null;
        one.settlement = settlements.filter((row) => row.contract === one.id).at(-1)?.price ?? null;
        if (settled && one.period_end === '2026-07-31') {
            one.final = Number(one.mean).toFixed(4);
            one.state = 'SETTLED';
            one.phase = 'expired';
            settlements.at(-1).price = one.final;
            settlements.at(-1).rule = 'FINAL';
            one.settlement = one.final;
            final.push({ contract: one.id, date: '2026-07-31', value: one.final, days: one.fixed, carried: fixings.filter((row) => row.kind === 'carried').length, missing: fixings.filter((row) => row.kind === 'dropped').length, open_interest: '166', receipts: hash(random_of(3)) });
        }
        const book = one.state === 'SETTLED' ? { bids: [], asks: [], seq: 8999 } : book_of(one, all.at(-1)?.micros ?? Number(one.reference) * 1e6);
        books.set(one.id, book);
        const today_trades = all.filter((trade) => trade.time.slice(0, 10) === today);
        const micros = today_trades.map((trade) => trade.micros);
        tickers.push({
            contract: one.id, bid: book.bids[0]?.[0] ?? null, bid_size: book.bids[0]?.[1] ?? null, ask: book.asks[0]?.[0] ?? null, ask_size: book.asks[0]?.[1] ?? null,
            last: all.at(-1)?.price ?? null, last_size: all.at(-1)?.quantity ?? null, settlement: one.settlement, open: today_trades[0]?.price ?? null,
            high: micros.length ? fixed(Math.max(...micros)) : null, low: micros.length ? fixed(Math.min(...micros)) : null,
            volume: String(today_trades.reduce((sum, trade) => sum + Number(trade.quantity), 0)), trades: today_trades.length,
            open_interest: one.state === 'SETTLED' ? '0' : String(one.instrument > 3 ? 0 : [166, 89, 25][one.instrument - 1]), ts: now_ms * 1e6,
        });
    }
    const accounts = empty ? [] : ACCOUNTS;
    const positions = empty ? [] : HELD.filter(([, at]) => instruments[at].state !== 'SETTLED').map(([account, at, lots]) => ({
        account, name: ACCOUNTS.find((one) => one.account === account)?.name, contract: instruments[at].id, lots: String(lots), mark: instruments[at].settlement, unsettled: (lots * -1.46).toFixed(2),
    }));
    const margins = accounts.map((one, i) => ({ account: one.account, name: one.name, cash: (250000 + i * 118431.27).toFixed(6), requirement: (i === 4 ? 0 : 21340.5 + i * 9120.25).toFixed(6), fee_hold: '12.600000', free: (228000 + i * 109311.02 + (i === 4 ? 30000 : 0)).toFixed(6) }));
    const long = positions.filter((row) => Number(row.lots) > 0).reduce((sum, row) => sum + Number(row.lots), 0);
    const status = {
        venue: 'hedgerow demo', version: '0.1.0', mode: 'demo', durability: 'local', currency: 'USD', state: settled ? 'settled' : 'open', ...stamp(now_ms),
        trading_day: empty ? null : today, day_open: !settled && !empty, seq: empty ? '4' : '48213', durable_seq: empty ? '4' : '48213', store_seq: empty ? '4' : '48213',
        state_hash: empty ? '' : hash(random_of(11)), state_hash_date: empty ? null : ended.at(-1), event_hash: hash(random_of(12)),
        ledger: { sum: '0.00', long: String(long), short: String(long), balanced: true },
        demo: {
            month: '2026-07', speed: '7200', progress_ppm: settled ? 1000000 : empty ? 0 : Math.round((open_days.length / days.length) * 1e6), day: empty ? 0 : open_days.length, days: days.length, settled, seed: '1',
            summary: settled ? { contract: final[0].contract, value: final[0].value, days: final[0].days, carried: final[0].carried, missing: final[0].missing,
                startup: { account: 1, name: 'Startup', lots: '120', average_price: '2.8660', gpu_hours: '87600', unhedged_cost: '252857.400000', hedged_cost: '250148.400000', budget: '250000.000000', futures_gain: '2893.720000', fees: '184.720000' } } : null,
        },
    };
    return { status, instruments, tickers, books, trades, settlements, final, prints, accounts, positions, margins, index: empty ? null : { index: INDEX, label, version: 1, methodology: hash(random_of(13)) }, trading_account: 9 };
}

/** @param {any[]} trades oldest first @param {number} step seconds */
export function candles_of(trades, step) {
    const candles = new Map();
    for (const trade of trades) {
        const at = Math.floor(trade.ts / 1e9 / step) * step;
        const one = candles.get(at) ?? { ...stamp(at * 1000), open: trade.price, high: trade.price, low: trade.price, close: trade.price, volume: '0', trades: 0 };
        if (Number(trade.price) > Number(one.high)) one.high = trade.price;
        if (Number(trade.price) < Number(one.low)) one.low = trade.price;
        one.close = trade.price;
        one.volume = String(Number(one.volume) + Number(trade.quantity));
        one.trades++;
        candles.set(at, one);
    }
    return [...candles.values()];
}
