/* unit_test.mjs -- the page's arithmetic on text and its book, without a browser. */

import { equal, test } from './check.mjs';
import { Book } from '../../web/js/book.js';
import { crc32c } from '../../web/js/crc32c.js';
import { compare, group, minus, money, plus, price, sign, signed } from '../../web/js/decimal.js';

const ROWS = [
    ['minus', () => minus('2.850', '2.83'), '0.020'],
    ['minus below zero', () => minus('2.83', '2.850'), '-0.020'],
    ['minus across zero', () => minus('-0.5', '0.25'), '-0.75'],
    ['plus carries', () => plus('99', '1'), '100'],
    ['plus beyond 2^53', () => plus('9007199254740993', '0.000001'), '9007199254740993.000001'],
    ['compare unlike lengths', () => compare('2.83', '2.830'), 0],
    ['compare as numbers, not text', () => compare('10.0', '9.99'), 1],
    ['price keeps every digit', () => price('2.905000', 3), '2.905000'],
    ['price pads', () => price('2.9', 3), '2.900'],
    ['price of nothing', () => price(null), '–'],
    ['price refuses a number', () => price(2.9), '–'],
    ['price refuses an exponent', () => price('1e3'), '–'],
    ['thousands', () => group('-1234567.5'), '-1,234,567.5'],
    ['money half to even, down', () => money('0.125'), '0.12'],
    ['money half to even, up', () => money('0.135'), '0.14'],
    ['money above half', () => money('0.1250001'), '0.13'],
    ['money of a loss', () => money('-1234.567891'), '-1,234.57'],
    ['signed', () => signed('12'), '+12'],
    ['signed nothing', () => signed('0'), '0'],
    ['sign of minus zero', () => sign('-0.00'), 0],
    ['checksum of the reference', () => crc32c('b:2.830:20|2.820:30;a:2.850:40|2.860:5'), '6661894e'],
    ['checksum of 123456789', () => crc32c('123456789'), 'e3069283'],
];
for (const [name, body, wanted] of ROWS) await test(`text: ${name}`, () => equal(body(), wanted, name));

const SNAPSHOT = { type: 'snapshot', seq: '5', bids: [['2.830', '20'], ['2.820', '30']], asks: [['2.850', '40'], ['2.860', '5']] };
const update = (/** @type {object} */ more) => ({ type: 'update', seq: '6', prev_seq: '5', bids: [], asks: [], ...more });
const PLAYS = [
    ['an update before the snapshot waits', [update({})], 'waiting', { bids: [], asks: [] }],
    ['a snapshot', [SNAPSHOT], 'ok', { bids: SNAPSHOT.bids, asks: SNAPSHOT.asks }],
    ['a size is absolute', [SNAPSHOT, update({ bids: [['2.830', '7']] })], 'ok', { bids: [['2.830', '7'], ['2.820', '30']] }],
    ['nought deletes', [SNAPSHOT, update({ asks: [['2.850', '0']] })], 'ok', { asks: [['2.860', '5']] }],
    ['a price written otherwise is the same level', [SNAPSHOT, update({ bids: [['2.83', '0']] })], 'ok', { bids: [['2.820', '30']] }],
    ['a level between', [SNAPSHOT, update({ bids: [['2.825', '1']] })], 'ok', { bids: [['2.830', '20'], ['2.825', '1'], ['2.820', '30']] }],
    ['a better level', [SNAPSHOT, update({ asks: [['2.840', '1']] })], 'ok', { asks: [['2.840', '1'], ['2.850', '40'], ['2.860', '5']] }],
    ['deleting what is not there', [SNAPSHOT, update({ asks: [['9.000', '0']] })], 'ok', { asks: SNAPSHOT.asks }],
    ['conflated updates jump', [SNAPSHOT, update({ seq: '19' })], 'ok', {}],
    ['a gap', [SNAPSHOT, update({ prev_seq: '6', seq: '7', bids: [['1.000', '1']] })], 'gap', { bids: SNAPSHOT.bids }],
    ['nothing after a gap but a snapshot', [SNAPSHOT, update({ prev_seq: '6', seq: '7' }), update({ prev_seq: '7', seq: '8' })], 'waiting', {}],
    ['a snapshot heals', [SNAPSHOT, update({ prev_seq: '6', seq: '7' }), { ...SNAPSHOT, seq: '9' }], 'ok', { bids: SNAPSHOT.bids }],
    ['a right checksum', [{ ...SNAPSHOT, checksum: '6661894e' }], 'ok', {}],
    ['a wrong checksum', [{ ...SNAPSHOT, checksum: '6661894f' }], 'checksum', {}],
    ['a sequence as a number', [{ ...SNAPSHOT, seq: 5 }, update({ prev_seq: 5 })], 'ok', {}],
];
for (const [name, frames, wanted, sides] of PLAYS) {
    await test(`book: ${name}`, () => {
        const book = new Book();
        let said = '';
        for (const frame of frames) said = book.take(frame);
        equal(said, wanted, 'the last answer');
        for (const side of Object.keys(sides)) equal(book[side], sides[side], side);
    });
}

await test('book: random updates against a plain map', () => {
    let seed = 17;
    const random = (/** @type {number} */ n) => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) % n;
    const book = new Book();
    book.take({ type: 'snapshot', seq: '0', bids: [], asks: [] });
    const twin = { bids: new Map(), asks: new Map() };
    for (let i = 1; i <= 5000; i++) {
        const side = random(2) ? 'bids' : 'asks';
        const at = (random(60) / 10).toFixed(3);
        const size = String(random(3) ? random(50) : 0);
        twin[side].delete(at);
        if (size !== '0') twin[side].set(at, size);
        equal(book.take({ type: 'update', seq: String(i), prev_seq: String(i - 1), bids: [], asks: [], [side]: [[at, size]] }), 'ok', 'update');
    }
    for (const [side, order] of [['bids', -1], ['asks', 1]]) {
        equal(book[side], [...twin[side]].sort((a, b) => order * (Number(a[0]) - Number(b[0]))), side);
    }
});
