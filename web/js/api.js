/* api.js -- the venue's REST resources, and its refusals as sentences.
 * Owns:   addresses, the key header, reading of application/problem+json.
 * Never:  retries an order, keeps state, or invents a value.
 * Always: a failed call throws a Problem with a sentence a person can act on.
 */

const BASE = new URL('v1/', document.baseURI);
const KEY = 'demo';

/** A refusal or a failure, in words. */
export class Problem extends Error {
    /** @param {string} sentence @param {{status?: number, code?: string, fields?: Array<{field: string, code?: string, detail?: string}>}} [more] */
    constructor(sentence, more = {}) {
        super(sentence);
        this.status = more.status ?? 0;
        this.code = more.code ?? '';
        this.fields = more.fields ?? [];
    }
}

/** @param {string} text */
const as_sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');

/** @param {Response} reply @param {any} body @returns {Problem} */
function problem_of(reply, body) {
    if (!body || typeof body !== 'object') {
        return new Problem(`The venue answered ${reply.status} without an explanation.`,
            { status: reply.status });
    }
    const parts = [body.title, body.detail === body.title ? '' : body.detail,
        body.accepted === 'unknown' ? 'it is not known whether the order was taken: look at the open orders before you try again' : ''];
    const sentence = parts.filter(Boolean).map(as_sentence).join(' ');
    return new Problem(sentence || `The venue answered ${reply.status}.`,
        { status: reply.status, code: body.code ?? '', fields: body.errors ?? [] });
}

/** @param {string} path @param {RequestInit & {key?: boolean}} [options] @returns {Promise<any>} */
async function call(path, { key = false, ...options } = {}) {
    const headers = { Accept: 'application/json', ...options.headers };
    if (key) headers['HR-Key'] = KEY;
    let reply;
    try {
        reply = await fetch(new URL(path, BASE), { ...options, headers, cache: 'no-store' });
    } catch {
        throw new Problem('The venue does not answer.');
    }
    const text = await reply.text();
    let body = null;
    try {
        body = text ? JSON.parse(text) : null;
    } catch {
        throw new Problem(`The venue's answer (${reply.status}) is not JSON.`, { status: reply.status });
    }
    if (!reply.ok) throw problem_of(reply, body);
    return body;
}

const part = encodeURIComponent;

/** Follows `next` to the end of a list. @param {string} path @param {string} name @param {object} [options] */
async function pages(path, name, options) {
    const rows = [];
    let cursor;
    do {
        const mark = path.includes('?') ? '&' : '?';
        const body = await call(cursor ? `${path}${mark}cursor=${part(cursor)}` : path, options);
        rows.push(...(body[name] ?? []));
        cursor = body.next;
    } while (cursor);
    return rows;
}

export const api = {
    status: () => call('status'),
    instruments: () => pages('instruments', 'instruments'),
    tickers: () => pages('tickers', 'tickers'),
    indexes: () => call('index').then((body) => body.indexes ?? []),
    index: (/** @type {string} */ id) => call(`index/${part(id)}`),
    trades: (/** @type {string} */ id) => call(`trades/${part(id)}?limit=60`).then((body) => body.trades ?? []),
    candles: (/** @type {string} */ id, /** @type {number} */ step) =>
        pages(`candles/${part(id)}?step=${step}`, 'candles'),
    settlements: (/** @type {string} */ id) => pages(`settlements?contract=${part(id)}`, 'settlements'),
    finals: () => call('settlements').then((body) => body.final ?? []),
    accounts: () => call('accounts', { key: true }),
    positions: () => call('positions', { key: true }).then((body) => body.positions ?? []),
    margin: () => call('margin', { key: true }).then((body) => body.accounts ?? []),
    orders: (/** @type {number} */ account) => pages(`orders?state=open&account=${account}`, 'orders', { key: true }),
    order_new: (/** @type {object} */ order) => call('orders', {
        key: true, method: 'POST', body: JSON.stringify(order),
        headers: { 'Content-Type': 'application/json' },
    }),
    order_cancel: (/** @type {string} */ id) => call(`orders/${part(id)}`, { key: true, method: 'DELETE' }),
    socket: () => {
        const url = new URL('ws', BASE);
        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
        return new WebSocket(url);
    },
};
