/* orders.js -- own working orders, each with its cancel button.
 * Owns:   the panel "Open orders".
 * Never:  takes a row away before the venue says the order is gone.
 * Always: a failed cancel is said in a sentence.
 */

import { api } from './api.js';
import { by_id, keep, make, set_attribute, set_text } from './dom.js';
import { group, price } from './decimal.js';

/** @param {any[]} orders @param {() => void} changed */
export function show_orders(orders, changed) {
    keep(by_id('orders'), orders, (order) => order.order_id, (order) => {
        const button = make('button', { type: 'button', class: 'cancel', 'aria-label': `Cancel order ${order.order_id}`, onclick: async () => {
            button.disabled = true;
            try {
                const gone = await api.order_cancel(order.order_id);
                say('', `Order ${order.order_id} cancelled; ${group(gone.filled)} were filled.`);
            } catch (problem) {
                say('bad', /** @type {Error} */ (problem).message);
            }
            button.disabled = false;
            changed();
        } }, 'Cancel');
        return make('tr', {}, make('td', { class: 'cut', title: `${order.contract}, order ${order.order_id}, ${order.client_id}` }, order.contract), make('td', { class: order.side }, order.side),
            make('td', { class: 'n' }), make('td', { class: 'n' }), make('td', { class: 'n' }, button));
    }, (row, order) => {
        set_text(row.children[2], price(order.price));
        set_text(row.children[3], group(order.open));
    }, { columns: 5, text: 'No open order.' });
}

/** @param {''|'bad'} state @param {string} text */
function say(state, text) {
    const node = by_id('orders-answer');
    set_attribute(node, 'data-state', state || null);
    set_text(node, text);
}
