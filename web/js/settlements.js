/* settlements.js -- what contracts settled at: each day with its rule, and in the end.
 * Owns:   the panel "Settlements".
 * Never:  mixes the two: a daily price has a rule, a final one has its days.
 * Always: newest first.
 */

import { by_id, cell, fill, make } from './dom.js';
import { group, price } from './decimal.js';
import { rule_text } from './words.js';

/** @param {any[]} all daily ones @param {any[]} finals @param {string} contract the selected one */
export function show_settlements(all, finals, contract) {
    const newest = (/** @type {any[]} */ rows) => rows.slice().sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
    const daily = newest(all.filter((/** @type {any} */ row) => row.contract === contract));
    fill(by_id('daily'), daily, (row) => make('tr', {}, make('th', { scope: 'row' }, row.date), cell(price(row.price), 'n'),
        cell(rule_text(row.rule), '', { title: `${row.rule}, number ${row.rank} of the contract's rules` })), { columns: 3, text: 'No settlement yet.' });
    fill(by_id('final'), newest(finals), (row) => make('tr', {}, make('th', { scope: 'row', title: row.date }, row.contract), cell(price(row.value), 'n', { title: `receipts ${row.receipts ?? '–'}` }),
        cell(String(row.days), 'n'), cell(String(row.carried), 'n'), cell(String(row.missing), 'n'), cell(group(String(row.open_interest)), 'n')),
    { columns: 6, text: 'No contract has settled yet.' });
}
