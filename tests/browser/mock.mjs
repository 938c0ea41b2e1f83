/* mock.mjs -- a server that talks like docs/reference/http.md, out of fixtures, so that the page can be tested alone.
 * Owns:   sockets, routes, refusals; faults on demand (a lost message, a wrong checksum, a cut line).
 * Never:  matches or clears: an order either rests, or takes from the book, or is refused by a few rules.
 * Always: serves web/ with the strictest policy the page should live under.
 *
 * node tests/browser/mock.mjs [--port N] [--still] [--settled] [--empty] [--label posted]
 */

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32c } from '../../web/js/crc32c.js';
import { accept_socket } from './socket.mjs';
import { candles_of, fixed, make_month, stamp } from './month.mjs';

const WEB = join(dirname(fileURLToPath(import.meta.url)), '../../web');
const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8' };
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

export class Mock {
    /** @param {Parameters<typeof make_month>[0]} [options] */
    constructor(options) {
        this.month = make_month(options);
        this.orders = new Map();
        this.sockets = new Set();
        this.subscribed = /** @type {Array<{channel: string, contract?: string}>} */ ([]);
        this.next_order = 50001;
        this.answers = new Map(); /* path -> [status, body] said in place of the real answer */
        this.server = createServer((request, reply) => this.serve(request, reply));
        this.server.on('upgrade', (request, socket) => this.upgrade(request, socket));
    }

    /** @param {number} [port] @returns {Promise<string>} its address */
    start(port = 0) {
        return new Promise((done) => this.server.listen(port, '127.0.0.1', () => {
            this.port = /** @type {any} */ (this.server.address()).port;
            done(`http://127.0.0.1:${this.port}/`);
        }));
    }

    stop() {
        this.cut();
        return new Promise((done) => {
            this.server.close(done);
            this.server.closeAllConnections();
        });
    }

    /** Every WebSocket breaks. */
    cut() {
        for (const socket of this.sockets) socket.close(1001);
    }

    /* ---- HTTP ---- */

    async serve(request, reply) {
        const url = new URL(request.url, 'http://mock');
        const say = (/** @type {number} */ status, /** @type {any} */ body) => {
            reply.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', 'HR-Seq': this.month.status.seq });
            reply.end(JSON.stringify(body));
        };
        if (!url.pathname.startsWith('/v1/')) return this.file(url.pathname, reply);
        let body = '';
        for await (const part of request) body += part;
        const path = url.pathname.slice(4).split('/').map(decodeURIComponent);
        const forced = this.answers.get(`${request.method} ${path[0]}`);
        if (forced) return say(...forced);
        const [status, answer] = this.route(request, path, url.searchParams, body);
        say(status, answer);
    }

    async file(path, reply) {
        const name = normalize(path === '/' ? '/index.html' : path);
        try {
            const bytes = await readFile(join(WEB, name));
            reply.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' });
            reply.end(bytes);
        } catch {
            reply.writeHead(404, { 'Content-Type': 'text/plain' });
            reply.end('not found\n');
        }
    }

    /** @returns {[number, any]} */
    route(request, [name, id, more], query, body) {
        const { month } = this;
        const one = month.instruments.find((row) => row.id === id);
        const found = (/** @type {() => any} */ answer) => (one ? /** @type {[number, any]} */ ([200, answer()]) : problem(404, 'UNKNOWN_CONTRACT', 3015, 'no such contract', `UNKNOWN_CONTRACT: ${id}`));
        const own = ['orders', 'accounts', 'positions', 'margin'].includes(name);
        if (own && request.headers['hr-key'] !== 'demo') return problem(401, 'AUTH', 7001, 'identity not proven', 'AUTH: no HR-Key');
        switch (name) {
        case 'status': return [200, this.status()];
        case 'instruments': return id ? found(() => one) : [200, { instruments: month.instruments }];
        case 'tickers': return [200, { tickers: month.tickers }];
        case 'book': return found(() => ({ contract: id, ...stamp(Date.now()), ...this.book_text(id), ...this.month_depth(id, Number(query.get('depth')) || 20) }));
        case 'trades': return found(() => ({ trades: month.trades.get(id).slice(-(Number(query.get('limit')) || 100)).reverse() }));
        case 'candles': return found(() => ({ candles: candles_of(month.trades.get(id), Number(query.get('step')) || 3600) }));
        case 'settlements': return [200, this.page_of(month.settlements.filter((row) => [null, row.contract].includes(query.get('contract'))).reverse(), query)];
        case 'index':
            if (!id) return [200, { indexes: month.index ? [month.index] : [] }];
            if (id !== month.index?.index) return problem(404, 'UNKNOWN_INDEX', 6001, 'no such index', `UNKNOWN_INDEX: ${id}`);
            return [200, { index: id, label: month.index.label, prints: month.prints.slice().reverse() }];
        case 'accounts': return [200, { accounts: month.accounts, trading_account: month.trading_account }];
        case 'positions': return [200, { positions: month.positions }];
        case 'margin': return [200, { accounts: month.margins }];
        case 'orders': return this.route_orders(request.method, id, more, body);
        default: return problem(404, 'NOT_FOUND', 7005, 'no such resource', `NOT_FOUND: /v1/${name}`);
        }
    }

    /** Settlements in pages of 8, so that the page's cursors are tried. */
    page_of(rows, query) {
        const from = Number(query.get('cursor') ?? 0);
        const next = from + 8 < rows.length ? { next: String(from + 8) } : {};
        return { settlements: rows.slice(from, from + 8), final: from ? [] : this.month.final, ...next };
    }

    month_depth(id, depth) {
        const { bids, asks } = this.month.books.get(id);
        return { bids: bids.slice(0, depth), asks: asks.slice(0, depth) };
    }

    status() {
        return this.month.status;
    }

    /* ---- orders: just enough to answer like a venue ---- */

    /** @returns {[number, any]} */
    route_orders(method, id, _more, body) {
        if (method === 'GET' && id) return this.orders.has(id) ? [200, this.orders.get(id)] : problem(404, 'UNKNOWN_ORDER', 3014, 'no such working order', `UNKNOWN_ORDER: ${id}`);
        if (method === 'GET') return [200, { orders: [...this.orders.values()].filter((order) => order.state === 'open').reverse() }];
        if (method === 'DELETE') {
            const order = this.orders.get(id);
            if (order?.state !== 'open') return problem(404, 'UNKNOWN_ORDER', 3014, 'no such working order', `UNKNOWN_ORDER: ${id}`);
            Object.assign(order, { state: 'done', reason: 'USER' });
            this.change(order.contract, order.side === 'buy' ? 'bids' : 'asks', order.price, -Number(order.open));
            return [200, order];
        }
        let asked;
        try {
            asked = JSON.parse(body);
        } catch {
            return problem(400, 'BAD_JSON', 7002, 'the body is not JSON of our form', 'BAD_JSON: at byte 1');
        }
        return this.order_new(asked);
    }

    /** @returns {[number, any]} */
    order_new(asked) {
        const wrong = refusal(asked, this.month.instruments);
        if (wrong) return wrong;
        const order = { order_id: String(this.next_order++), account: 9, ...asked, open: asked.quantity, filled: '0', average_price: null, state: 'open', reason: null, ...stamp(Date.now()), fills: [] };
        const book = this.month.books.get(asked.contract);
        const side = asked.side === 'buy' ? 'asks' : 'bids';
        const reaches = (/** @type {any} */ level) => level && (asked.type === 'market' || (asked.side === 'buy' ? Number(level[0]) <= Number(asked.price) : Number(level[0]) >= Number(asked.price)));
        let cost = 0;
        while (Number(order.open) > 0 && reaches(book[side][0])) {
            const [price, size] = book[side][0];
            const lots = Math.min(Number(order.open), Number(size));
            cost += lots * Number(price);
            order.open = String(Number(order.open) - lots);
            order.filled = String(Number(order.filled) + lots);
            order.average_price = (cost / Number(order.filled)).toFixed(3);
            this.change(asked.contract, side, price, -lots);
            this.trade(asked.contract, price, lots, asked.side);
        }
        if (order.open === '0') Object.assign(order, { state: 'done', reason: 'filled' });
        else if (['ioc', 'fok'].includes(asked.tif)) Object.assign(order, { state: 'done', reason: asked.tif.toUpperCase() });
        else this.change(asked.contract, side === 'asks' ? 'bids' : 'asks', asked.price, Number(order.open));
        this.orders.set(order.order_id, order);
        return [201, order];
    }

    /* ---- WebSocket ---- */

    upgrade(request, stream) {
        if (request.url !== '/v1/ws') return stream.destroy();
        const topics = new Map();
        const socket = accept_socket(request, stream, {
            text: (text, send) => this.op(JSON.parse(text), topics, send),
            closed: () => this.sockets.delete(socket),
        });
        Object.assign(socket, { topics });
        this.sockets.add(socket);
    }

    op(frame, topics, send) {
        const { op, id, channel, contract } = frame;
        if (op === 'unsubscribe') {
            topics.delete(id);
            return send({ op: 'unsubscribed', id });
        }
        if (op !== 'subscribe') return send({ op: 'error', id, code: 'BAD_FIELD', code_no: 7003, detail: `BAD_FIELD: op ${op}` });
        const book = this.month.books.get(contract);
        if (contract && !book) return send({ op: 'error', id, code: 'UNKNOWN_CONTRACT', code_no: 3015, detail: `UNKNOWN_CONTRACT: ${contract}` });
        this.subscribed.push({ channel, contract });
        topics.set(id, { channel, contract });
        send({ op: 'subscribed', id, channel, contract });
        if (channel === 'book') send({ channel, contract, type: 'snapshot', depth: 'L2', ...this.book_text(contract) });
        if (channel === 'trades') send({ channel, contract, trades: this.month.trades.get(contract).slice(-50) });
        if (channel === 'status') send({ channel, ...this.status() });
    }

    /** To everybody who listens. @param {any} frame */
    publish(frame) {
        for (const socket of this.sockets) {
            for (const topic of socket.topics.values()) {
                if (topic.channel === frame.channel && (!topic.contract || topic.contract === frame.contract)) socket.send(frame);
            }
        }
    }

    book_text(contract) {
        const book = this.month.books.get(contract);
        const pair = (/** @type {any[]} */ side) => side.map(([price, size]) => [price, size]);
        return { seq: String(book.seq), ts: Date.now() * 1e6, bids: pair(book.bids), asks: pair(book.asks) };
    }

    /** One level moves by `lots`. @param {{lose?: boolean, checksum?: 'right'|'wrong'}} [fault] */
    change(contract, side, price, lots, fault = {}) {
        const book = this.month.books.get(contract);
        const at = book[side].findIndex((level) => Number(level[0]) === Number(price));
        const size = Math.max(0, (at < 0 ? 0 : Number(book[side][at][1])) + lots);
        if (at >= 0) book[side].splice(at, 1);
        if (size) {
            book[side].push([Number(price).toFixed(3), String(size), '1']);
            book[side].sort((a, b) => (side === 'bids' ? b[0] - a[0] : a[0] - b[0]));
        }
        const prev_seq = String(book.seq++);
        const text = this.book_text(contract);
        const ten = (/** @type {any[]} */ levels) => levels.slice(0, 10).map(([p, s]) => `${p}:${s}`).join('|');
        const sum = crc32c(`b:${ten(text.bids)};a:${ten(text.asks)}`);
        const ticker = this.month.tickers.find((row) => row.contract === contract);
        ticker.bid = book.bids[0]?.[0] ?? null;
        ticker.ask = book.asks[0]?.[0] ?? null;
        if (fault.lose) return;
        this.publish({ channel: 'book', contract, type: 'update', depth: 'L2', seq: text.seq, prev_seq, ts: text.ts, bids: [], asks: [], [side]: [[Number(price).toFixed(3), String(size)]],
            ...(fault.checksum ? { checksum: fault.checksum === 'right' ? sum : '00000000' } : {}) });
        this.publish({ channel: 'ticker', tickers: [ticker] });
    }

    trade(contract, price, lots, side, ms = Date.parse(this.month.status.time)) {
        const trades = this.month.trades.get(contract);
        const trade = { id: String(BigInt(trades.at(-1)?.id ?? '0') + 1n), contract, ...stamp(ms), price, quantity: String(lots), side, micros: Number(price) * 1e6 };
        trades.push(trade);
        const ticker = this.month.tickers.find((row) => row.contract === contract);
        Object.assign(ticker, { last: price, volume: String(Number(ticker.volume) + lots) });
        this.publish({ channel: 'trades', contract, trades: [trade] });
        this.publish({ channel: 'ticker', tickers: [ticker] });
    }

    publish_status() {
        this.publish({ channel: 'status', ...this.status() });
    }

    /** The market moves a little: for looking at, not for tests. */
    wander() {
        const { month } = this;
        const one = month.instruments[Math.floor(Math.random() * 3)];
        if (!one || one.state !== 'TRADING') return;
        const book = month.books.get(one.id);
        const side = Math.random() < .5 ? 'bids' : 'asks';
        const level = book[side][Math.floor(Math.random() * book[side].length)];
        if (level) this.change(one.id, side, level[0], Math.random() < .5 ? 3 : Number(level[1]) > 4 ? -2 : 5, { checksum: book.seq % 20 === 0 ? 'right' : undefined });
        if (Math.random() < .3 && book.asks[0] && book.bids[0]) this.trade(one.id, side === 'asks' ? book.asks[0][0] : book.bids[0][0], 1 + Math.floor(Math.random() * 5), side === 'asks' ? 'buy' : 'sell');
        Object.assign(month.status, stamp(Date.parse(month.status.time) + 30000), { seq: String(Number(month.status.seq) + 3), durable_seq: month.status.seq });
    }
}

/** @returns {[number, any]} */
function problem(status, code, code_no, title, detail, field = '') {
    return [status, { type: `/docs/rejects#${code}`, title, status, code, code_no, detail, ...(field ? { errors: [{ field, code, detail: title }] } : {}), accepted: status === 422 ? 'yes' : 'no' }];
}

/** The few rules of the mock. @param {any} asked @param {any[]} instruments @returns {[number, any]|null} */
function refusal(asked, instruments) {
    const one = instruments.find((row) => row.id === asked.contract);
    if (!one) return problem(404, 'UNKNOWN_CONTRACT', 3015, 'no such contract', `UNKNOWN_CONTRACT: ${asked.contract}`, 'contract');
    if (!/^\d+$/.test(asked.quantity ?? '')) return problem(400, 'BAD_FIELD', 7003, 'a field is missing, unknown or malformed', 'BAD_FIELD: quantity is not a whole number of lots', 'quantity');
    if (asked.type === 'limit' && !/^\d+(\.\d+)?$/.test(asked.price ?? '')) return problem(400, 'BAD_FIELD', 7003, 'a field is missing, unknown or malformed', 'BAD_FIELD: price is not a decimal', 'price');
    if (Number(asked.quantity) === 0) return problem(422, 'QTY', 3001, 'quantity zero, negative, off step or outside minimum and maximum', 'QTY: 0 below 1', 'quantity');
    if (asked.type === 'limit' && Math.round(Number(asked.price) * 1e6) % 1000) return problem(422, 'TICK', 3002, "price off the contract's tick", `TICK: ${asked.price} is no multiple of ${fixed(1000)}`, 'price');
    if (Number(asked.quantity) > 1000) return problem(422, 'MARGIN', 2012, 'free collateral does not cover margin with worst fills', 'MARGIN: 2498000.00 above 228000.00');
    if (one.state !== 'TRADING') return problem(422, 'EXPIRED_CONTRACT', 3022, 'the contract is no longer listed', `EXPIRED_CONTRACT: ${one.id}`);
    return null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const option = (/** @type {string} */ name) => process.argv.includes(`--${name}`);
    const value = (/** @type {string} */ name, /** @type {string} */ usual) => (option(name) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : usual);
    const mock = new Mock({ settled: option('settled'), empty: option('empty'), label: value('label', 'synthetic') });
    console.log(await mock.start(Number(value('port', '8080'))));
    if (!option('still')) {
        setInterval(() => mock.wander(), 150);
        setInterval(() => mock.publish_status(), 1000);
    }
}
