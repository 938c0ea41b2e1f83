/* contracts.js -- the list of contracts, and the strip of figures of the selected one.
 * Owns:   the panel "Contracts", the strip under the header, the contract menu.
 * Never:  works out a figure: it shows the ticker and the instrument.
 * Always: a row stays the same element, so that keyboard focus survives an update.
 */

import { by_id, keep, make, set_attribute, set_text } from './dom.js';
import { group, money, places, price } from './decimal.js';
import { show_label, state_text } from './words.js';

const LABELS = ['price-label', 'depth-label', 'tape-label', 'ticket-label', 'strip-label', 'settlements-label'];

/** @param {any[]} instruments @param {Map<string, any>} tickers @param {string} chosen @param {(id: string) => void} select */
export function show_contracts(instruments, tickers, chosen, select) {
    const labels = [...new Set(instruments.map((one) => one.label).filter(Boolean))];
    for (const id of ['contracts-label', 'curve-label', 'accounts-label']) show_label(id, labels);
    keep(by_id('contracts'), instruments, (one) => one.id, (one) => make('tr', {},
        make('th', { scope: 'row' }, make('button', { type: 'button', title: `${one.id}, on ${one.index} (${one.label})`, onclick: () => select(one.id) }, one.id)),
        ...Array.from({ length: 6 }, (_, i) => make('td', { class: i === 4 ? 'n wide' : 'n' }))),
    (row, one) => {
        const ticker = tickers.get(one.id) ?? {};
        const digits = places(one.tick ?? '');
        const shown = [price(ticker.bid, digits), price(ticker.ask, digits), price(ticker.last, digits), price(one.final ?? one.settlement, digits), group(ticker.volume), group(ticker.open_interest)];
        shown.forEach((text, i) => set_text(row.children[i + 1], text));
        set_attribute(row.firstChild.firstChild, 'aria-pressed', String(one.id === chosen));
        row.classList.toggle('chosen', one.id === chosen);
    }, { columns: 7, text: 'No contract listed yet.' });
    keep(by_id('contract'), instruments, (one) => one.id, (one) => make('option', { value: one.id }, one.id), () => {}, { columns: 1, text: '' });
    if (!instruments.length) by_id('contract').replaceChildren(make('option', { value: '' }, 'no contract yet'));
    by_id('contract').disabled = !instruments.length;
    if (chosen && by_id('contract').value !== chosen) by_id('contract').value = chosen;
}

/** By rule a benchmark that bears less than a lot has no contract on it; a demonstration says so. @param {any} one */
function show_may_not_list(one) {
    const limit = one?.position_limit;
    const shown = limit?.basis === 'demonstration' && limit.may_list_by_rule === false;
    const why = limit?.cost_to_move == null ? 'posted prices cost nothing to move, L* = 0 lots'
        : `cost to move 1 % is ${money(limit.cost_to_move)} ${one.quote ?? ''}, L* = ${limit.lstar} lots`;
    by_id('may-not-list').hidden = !shown;
    set_text(by_id('may-not-list'), shown ? `Demonstration: by rule this contract may not list: ${why}` : '');
}

/** @param {any} one the selected instrument, or nothing @param {any} ticker */
export function show_strip(one, ticker) {
    const digits = places(one?.tick ?? '');
    const pair = (/** @type {any} */ a, /** @type {any} */ b) => `${price(a, digits)} / ${price(b, digits)}`;
    const text = {
        'strip-last': price(ticker?.last, digits), 'strip-settlement': price(one?.final ?? one?.settlement, digits),
        'strip-quote': pair(ticker?.bid, ticker?.ask), 'strip-range': pair(ticker?.high, ticker?.low),
        'strip-volume': group(ticker?.volume), 'strip-interest': group(ticker?.open_interest),
        'strip-mean': one?.mean ? `${price(one.mean)} (${one.fixed}/${one.fixings})` : one ? `0/${one.fixings}` : '–',
        'strip-last-trade': one?.last_trade ?? '–', 'strip-state': state_text(one),
        'price-contract': one?.id ?? '', 'depth-contract': one?.id ?? '', 'tape-contract': one?.id ?? '', 'settlements-contract': one?.id ?? '–',
    };
    for (const [id, value] of Object.entries(text)) {
        set_text(by_id(id), value);
        by_id(id).title = value;
    }
    show_may_not_list(one);
    for (const id of LABELS) show_label(id, one?.label ? [one.label] : []);
}
