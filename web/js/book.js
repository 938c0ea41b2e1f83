/* book.js -- one contract's order book as the book channel tells it (levels, not orders).
 * Owns:   both sides, the sequence held, the checksum test.
 * Never:  guesses: after a gap or a wrong checksum it says so and takes nothing but a snapshot.
 * Always: sides are sorted best first; sizes are the venue's own text.
 */

import { compare, sign } from './decimal.js';
import { crc32c } from './crc32c.js';

/** @typedef {[price: string, size: string, orders?: number]} Level */

export class Book {
    constructor() {
        this.clear();
    }

    clear() {
        /** @type {Level[]} */ this.bids = [];
        /** @type {Level[]} */ this.asks = [];
        /** @type {string|null} */ this.seq = null;
        /** @type {string|null} */ this.checked = null; /* the last checksum that agreed */
        this.ts = null;
    }

    /** One frame of the channel.
     * @param {any} frame
     * @returns {'ok'|'gap'|'checksum'|'waiting'} anything but ok: subscribe again */
    take(frame) {
        if (frame.type === 'snapshot') {
            this.clear();
            this.bids = merge([], frame.bids ?? [], -1);
            this.asks = merge([], frame.asks ?? [], 1);
        } else if (this.seq === null) {
            return 'waiting';
        } else if (frame.type === 'update') {
            if (String(frame.prev_seq) !== this.seq) return this.lose('gap');
            this.bids = merge(this.bids, frame.bids ?? [], -1);
            this.asks = merge(this.asks, frame.asks ?? [], 1);
        } else if (frame.type === 'checksum' && String(frame.seq) !== this.seq) {
            return this.lose('gap');
        }
        this.seq = String(frame.seq);
        this.ts = frame.ts ?? this.ts;
        if (frame.checksum !== undefined) {
            if (frame.checksum !== this.checksum()) return this.lose('checksum');
            this.checked = frame.checksum;
        }
        return 'ok';
    }

    /** @param {'gap'|'checksum'} why */
    lose(why) {
        this.seq = null;
        this.checked = null;
        return why;
    }

    /** CRC32C over the ten best levels of both sides. */
    checksum() {
        const side = (/** @type {Level[]} */ levels) =>
            levels.slice(0, 10).map(([price, size]) => `${price}:${size}`).join('|');
        return crc32c(`b:${side(this.bids)};a:${side(this.asks)}`);
    }
}

/** Absolute sizes into a sorted side; "0" deletes.
 * @param {Level[]} side @param {Level[]} changes @param {1|-1} order
 * @returns {Level[]} */
function merge(side, changes, order) {
    const levels = side.slice();
    for (const change of changes) {
        let at = 0;
        while (at < levels.length && order * compare(levels[at][0], change[0]) < 0) at++;
        const same = at < levels.length && compare(levels[at][0], change[0]) === 0;
        if (sign(change[1]) > 0) levels.splice(at, same ? 1 : 0, change);
        else if (same) levels.splice(at, 1);
    }
    return levels;
}
