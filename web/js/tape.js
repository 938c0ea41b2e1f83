/* tape.js -- the selected contract's trades, newest first.
 * Owns:   the panel "Trades", the subscription to the trades channel.
 * Never:  keeps more than it shows.
 * Always: a trade is shown once, in order of its id.
 */

import { by_id, cell, keep, make } from './dom.js';
import { group, price } from './decimal.js';
import { time_text } from './words.js';

const KEPT = 60;
let feed = null;
let subscription = '';
let contract = '';
/** @type {Map<string, any>} */
let trades = new Map();

const ARROWS = { buy: '▲', sell: '▼' };

function show() {
    keep(by_id('tape'), [...trades.values()], (trade) => trade.id, (trade) => make('tr', {},
        make('td', { title: trade.time }, time_text(trade.time).slice(5)), cell(price(trade.price), `n ${trade.side}`),
        cell(group(trade.quantity), 'n'), make('td', { class: trade.side }, make('span', { 'aria-hidden': 'true' }, ARROWS[trade.side] ?? ''),
            make('span', { class: 'hidden' }, trade.side === 'buy' ? 'buyer' : 'seller'))),
    () => {}, { columns: 4, text: contract ? 'No trade yet.' : 'No contract listed yet.' });
}

/** @param {any} frame */
function take(frame) {
    if (frame.gap) trades.clear();
    for (const trade of frame.trades ?? []) trades.set(trade.id, trade);
    const newest = [...trades.values()].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)).slice(0, KEPT);
    trades = new Map(newest.map((trade) => [trade.id, trade]));
    show();
}

/** @param {any} instrument */
export function show_tape(instrument) {
    const next = instrument?.id ?? '';
    if (next === contract) return;
    if (subscription) feed.unsubscribe(subscription);
    contract = next;
    trades = new Map();
    show();
    subscription = contract ? feed.subscribe({ channel: 'trades', contract }, take) : '';
}

/** @param {any} the_feed */
export function start_tape(the_feed) {
    feed = the_feed;
    show();
}
