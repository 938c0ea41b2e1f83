/* ladder.js -- the depth of the selected contract, live, checked by sequence and checksum.
 * Owns:   the panel "Depth", the subscription to the book channel.
 * Never:  shows a book it cannot vouch for as if it were whole: the foot says so and the rows go quiet.
 * Always: twelve rows a side, whatever the book holds, so that nothing moves.
 */

import { Book } from './book.js';
import { by_id, make, set_attribute, set_text } from './dom.js';
import { coordinate, group, minus, places, plus, price } from './decimal.js';

const ROWS = 12;
const AGAIN_MS = 1000;
let book = new Book();
let feed = null;
let subscription = '';
let contract = '';
let digits = 3;
let resyncs = 0;
let last_resync = 0;
let choose = (/** @type {string} */ _price) => {};

/** @param {string} id */
function rows_of(id) {
    const body = by_id(id);
    for (let i = 0; i < ROWS; i++) {
        const button = make('button', { type: 'button', tabindex: '-1', title: 'Put this price into the order', onclick: () => choose(button.value) });
        body.append(make('tr', { class: 'level' }, make('td', { class: 'n' }, button), make('td', { class: 'n' }), make('td', { class: 'n' })));
    }
    const rows = [...body.children];
    return id === 'asks' ? rows.reverse() : rows;
}
const rows = { asks: rows_of('asks'), bids: rows_of('bids') };

/** @param {'asks'|'bids'} side @param {number} widest */
function show_side(side, widest) {
    let sum = '0';
    rows[side].forEach((row, i) => {
        const level = book[side][i];
        const [at, size, total] = row.children;
        const button = at.firstChild;
        if (level) sum = plus(sum, level[1]);
        set_text(button, level ? price(level[0], digits) : '');
        button.value = level ? level[0] : '';
        button.hidden = !level;
        set_text(size, level ? group(level[1]) : '');
        set_text(total, level ? group(sum) : '');
        row.style.setProperty('--share', level ? `${Math.round(1000 * (coordinate(level[1]) ?? 0) / widest) / 10}%` : '0%');
    });
}

function show_book() {
    const best = { bid: book.bids[0]?.[0], ask: book.asks[0]?.[0] };
    const sizes = [...book.bids.slice(0, ROWS), ...book.asks.slice(0, ROWS)].map((level) => coordinate(level[1]) ?? 0);
    const widest = Math.max(1, ...sizes);
    show_side('asks', widest);
    show_side('bids', widest);
    set_text(by_id('spread'), best.bid && best.ask ? price(minus(best.ask, best.bid), digits) : '–');
    set_text(by_id('spread-text'), best.bid && best.ask ? 'spread' : !contract ? 'no contract' : best.bid ? 'no asks' : best.ask ? 'no bids' : 'empty book');
}

/** @param {'waiting'|'live'|'checking'|'lost'} state */
function show_state(state) {
    const foot = by_id('book-state');
    const words = {
        waiting: contract ? 'Waiting for the book.' : 'No contract listed yet.',
        live: `seq ${book.seq} · ${book.checked ? 'checksum agrees' : 'sequence agrees'}`,
        checking: 'A message was missing: asking for the book again.',
        lost: 'Not connected: the book as last seen.',
    };
    set_text(foot, words[state] + (resyncs && state === 'live' ? ` · resynced ${resyncs}×` : ''));
    set_attribute(foot, 'data-state', state);
    set_attribute(foot, 'data-seq', book.seq ?? '');
    set_attribute(foot, 'data-resyncs', String(resyncs));
    set_attribute(foot, 'data-checksum', book.checked ?? '');
}

/** @param {any} frame */
function take(frame) {
    const said = book.take(frame);
    if (said === 'waiting') return;
    if (said !== 'ok') {
        resyncs++;
        show_state('checking');
        const mine = subscription;
        const wait_ms = Math.max(0, last_resync + AGAIN_MS - Date.now());
        last_resync = Date.now() + wait_ms;
        setTimeout(() => feed.again(mine), wait_ms);
        return;
    }
    show_book();
    show_state('live');
}

/** @param {any} instrument */
export function show_ladder(instrument) {
    const next = instrument?.id ?? '';
    if (instrument) digits = places(instrument.tick ?? '');
    if (next === contract) return;
    if (subscription) feed.unsubscribe(subscription);
    subscription = '';
    contract = next;
    book = new Book();
    resyncs = 0;
    show_book();
    show_state('waiting');
    if (contract) subscription = feed.subscribe({ channel: 'book', contract, depth: 'L2', rate: '100ms' }, take);
}

/** The connection broke: what is held is old. */
export function ladder_lost() {
    book.lose('gap');
    show_state(contract ? 'lost' : 'waiting');
}

/** @param {any} the_feed @param {(price: string) => void} on_price */
export function start_ladder(the_feed, on_price) {
    feed = the_feed;
    choose = on_price;
    show_book();
    show_state('waiting');
}

