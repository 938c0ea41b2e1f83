/* app.js -- brings the market's state together and hands it to the panels.
 * Owns:   the page's copy of the venue's public state, the selected contract, who is asked when.
 * Never:  holds a rule of the market.
 * Always: what is shown is what the venue last said; a stream speeds it up, a poll makes it sure.
 */

import { api, Problem } from './api.js';
import { by_id } from './dom.js';
import { Feed } from './feed.js';
import { every } from './poll.js';
import { show_accounts, show_accounts_problem } from './accounts.js';
import { show_connection, show_status } from './header.js';
import { show_contracts, show_strip } from './contracts.js';
import { on_curve_select, show_curve } from './curve.js';
import { show_index } from './index_chart.js';
import { ladder_lost, show_ladder, start_ladder } from './ladder.js';
import { show_orders } from './orders.js';
import { show_candles, start_steps, step } from './price_chart.js';
import { show_settlements } from './settlements.js';
import { show_tape, start_tape } from './tape.js';
import { show_ticket, start_ticket, ticket_price } from './ticket.js';

const market = {
    status: /** @type {any} */ ({}),
    instruments: /** @type {any[]} */ ([]),
    tickers: new Map(),
    index: /** @type {any} */ (null),
    daily: /** @type {any[]} */ ([]),
    final: /** @type {any[]} */ ([]),
    chosen: '',
    by_hand: false,
};

const chosen = () => market.instruments.find((one) => one.id === market.chosen);

/** The demo's own month, else the first contract that trades, else the first. */
function usual_contract() {
    const { instruments, status } = market;
    const month = status.demo?.month;
    return (instruments.find((one) => month && one.period_start?.startsWith(month) && one.period_end?.startsWith(month))
        ?? instruments.find((one) => one.state === 'TRADING') ?? instruments[0])?.id ?? '';
}

function show() {
    const before = market.chosen;
    if (!chosen() || !market.by_hand) market.chosen = usual_contract();
    if (market.chosen !== before) ask_for_chosen();
    const one = chosen();
    const prints = market.index?.prints ?? [];
    const last_print = prints.filter((print) => print.value !== null).reduce((a, b) => (a && a.date > b.date ? a : b), null);
    show_contracts(market.instruments, market.tickers, market.chosen, select);
    show_strip(one, market.tickers.get(market.chosen));
    show_ladder(one);
    show_tape(one);
    show_ticket(one);
    show_settlements(market.daily, market.final, market.chosen);
    show_index(market.index);
    show_curve(market.instruments, last_print, market.status.trading_day ?? last_print?.date ?? null, market.chosen);
    show_status(market.status, one?.label ?? market.index?.label);
}

/** @param {string} id */
function select(id) {
    market.chosen = id;
    market.by_hand = true;
    show();
    ask_for_chosen();
}

function ask_for_chosen() {
    again.candles();
    again.index();
    again.settlements();
}

/** Panels of the key: its absence is not a failure of the page. */
async function private_state() {
    try {
        const { accounts = [], trading_account = null } = await api.accounts();
        const [positions, margins, orders] = await Promise.all([api.positions(), api.margin(), trading_account === null ? [] : api.orders(trading_account)]);
        show_accounts(accounts, positions, margins, trading_account);
        show_orders(orders.filter((/** @type {any} */ order) => order.account === trading_account), () => again.account());
    } catch (problem) {
        if (!(problem instanceof Problem) || problem.status === 0) throw problem;
        show_accounts_problem(problem.status === 401 || problem.status === 403 ? 'This venue takes no demo key: positions and orders are for its signed clients.' : problem.message);
        show_orders([], () => {});
    }
}

start_steps(() => again.candles());
start_ticket(() => again.account());
on_curve_select(select);

let live = false;
let was_lost = false;
const feed = new Feed((state) => {
    show_connection(state);
    live = state === 'live';
    if (state === 'lost') {
        was_lost = true;
        ladder_lost();
    } else if (live && was_lost) {
        was_lost = false;
        for (const turn of Object.values(again)) turn();
    }
});
start_ladder(feed, ticket_price);
start_tape(feed);

/** @type {Record<string, () => void>} */
const again = {
    status: every(2000, async () => {
        if (live && market.status.venue) return;
        market.status = await api.status();
        show();
    }),
    instruments: every(5000, async () => {
        market.instruments = await api.instruments();
        show();
    }),
    tickers: every(5000, async () => {
        market.tickers = new Map((await api.tickers()).map((ticker) => [ticker.contract, ticker]));
        show();
    }),
    index: every(10000, async () => {
        const id = chosen()?.index ?? (await api.indexes())[0]?.index;
        market.index = id ? await api.index(id) : null;
        show();
    }),
    settlements: every(10000, async () => {
        const id = market.chosen;
        const [final, daily] = await Promise.all([api.finals(), id ? api.settlements(id) : []]);
        market.final = final;
        if (id === market.chosen) market.daily = daily;
        show();
    }),
    candles: every(3000, async () => {
        const one = chosen();
        const candles = one ? await api.candles(one.id, step) : [];
        if (one?.id === chosen()?.id) show_candles(chosen(), candles);
    }),
    account: every(2000, private_state),
};

feed.subscribe({ channel: 'status' }, (frame) => {
    market.status = frame;
    show();
});
feed.subscribe({ channel: 'ticker' }, (frame) => {
    for (const ticker of frame.tickers ?? []) market.tickers.set(ticker.contract, ticker);
    show();
});
feed.subscribe({ channel: 'index' }, () => again.index());
feed.subscribe({ channel: 'settlement' }, () => {
    again.settlements();
    again.instruments();
});
by_id('contract').addEventListener('change', () => select(by_id('contract').value));
