/* accounts.js -- positions and margins of the accounts the key may read.
 * Owns:   the panel "Positions and margins".
 * Never:  adds up: every amount is the venue's.
 * Always: cents on the page, the exact amount in the title.
 */

import { by_id, cell, fill, make } from './dom.js';
import { money, price, sign, signed } from './decimal.js';
import { role_text } from './words.js';

const amount = (/** @type {any} */ text, /** @type {any} */ more = {}) => cell(money(text), `n ${sign(text) < 0 ? 'sell' : ''}`, { title: text ?? null, ...more });

/** @param {any[]} accounts @param {any[]} positions @param {any[]} margins @param {number|null} own */
export function show_accounts(accounts, positions, margins, own) {
    const known = new Map(accounts.map((account) => [String(account.account), account]));
    for (const row of [...positions, ...margins]) {
        if (!known.has(String(row.account))) known.set(String(row.account), { account: row.account, name: row.name });
    }
    const rows = [...known.values()].flatMap((account) => {
        const held = positions.filter((one) => String(one.account) === String(account.account))
            .sort((a, b) => (a.contract < b.contract ? -1 : 1));
        const margin = margins.find((one) => String(one.account) === String(account.account)) ?? {};
        const lines = held.length ? held : [null];
        return lines.map((position, i) => ({ account, position, margin, span: i ? 0 : lines.length, own: account.account === own }));
    });
    fill(by_id('accounts'), rows, ({ account, position, margin, span, own: mine }) => make('tr', {},
        span ? make('th', { scope: 'rowgroup', rowspan: span, title: `${account.name ?? ''} (account ${account.account})` }, account.name || `Account ${account.account}`,
            make('small', { class: span > 1 ? null : 'beside' }, mine ? 'this page’s own' : role_text(account.category))) : null,
        ...(position
            ? [cell(position.contract), cell(signed(position.lots), `n ${sign(position.lots) < 0 ? 'sell' : 'buy'}`), cell(price(position.mark), 'n'), amount(position.unsettled)]
            : [cell('no position', 'quiet'), cell('', 'n'), cell('', 'n'), cell('', 'n')]),
        ...(span ? [amount(margin.cash, { rowspan: span }), amount(margin.requirement, { rowspan: span }), amount(margin.free, { rowspan: span })] : [])),
    { columns: 8, text: 'No account yet.' });
}

/** The key may not read them. @param {string} why */
export function show_accounts_problem(why) {
    fill(by_id('accounts'), [], () => make('tr'), { columns: 8, text: '' });
    by_id('accounts').filled = null;
    by_id('accounts').replaceChildren(make('tr', { class: 'empty' }, make('td', { colspan: 8 }, why)));
}

