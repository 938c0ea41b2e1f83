/* ticket.js -- one order, sent with the demo key.
 * Owns:   the panel "Order".
 * Never:  judges an order: whatever is typed goes to the venue, and its answer is shown.
 * Always: a refusal is a sentence, beside the field it is about where the venue names one.
 */

import { api, Problem } from './api.js';
import { by_id, make, set_attribute, set_text } from './dom.js';
import { group, price } from './decimal.js';

const form = by_id('ticket');
const FIELDS = ['price', 'quantity'];
let instrument = null;
let done = () => {};
let counter = 0;

const side = () => new FormData(form).get('side');

function show_send() {
    const data = new FormData(form);
    const word = side() === 'buy' ? 'Buy' : 'Sell';
    const market = data.get('type') === 'market';
    const at = market ? ' at market' : data.get('price') ? ` at ${data.get('price')}` : '';
    set_text(by_id('order-send'), `${word} ${data.get('quantity') || ''} ${instrument?.id ?? ''}${at}`.replace(/ +/g, ' '));
    by_id('order-send').className = `send ${side()}`;
    by_id('order-price').disabled = market;
}

/** @param {'ok'|'bad'|''} state @param {string} text @param {string} [code] */
function show_answer(state, text, code = '') {
    const node = by_id('order-answer');
    set_attribute(node, 'data-state', state);
    node.replaceChildren(text, ...(code ? [' ', make('code', {}, code)] : []));
}

/** @param {Problem|null} problem */
function show_fields(problem) {
    for (const name of FIELDS) {
        const wrong = problem?.fields.find((one) => one.field === name);
        set_text(by_id(`order-${name}-error`), wrong?.detail ?? '');
        set_attribute(by_id(`order-${name}`), 'aria-invalid', wrong ? 'true' : null);
    }
}

/** @param {any} order */
function order_sentence(order) {
    const what = `Order ${order.order_id}`;
    if (order.state === 'open') return `${what} is in: ${group(order.open)} open${order.filled === '0' ? '' : `, ${group(order.filled)} filled at ${price(order.average_price)}`}.`;
    if (order.reason === 'filled') return `${what}: all ${group(order.filled)} filled at ${price(order.average_price)}.`;
    return `${what} ended (${order.reason}): ${group(order.filled)} filled, the rest is out.`;
}

/** @param {Event} event */
async function send(event) {
    event.preventDefault();
    const data = new FormData(form);
    const type = String(data.get('type'));
    const order = {
        client_id: `web-${Date.now().toString(36)}-${++counter}`, contract: instrument?.id ?? '', side: String(data.get('side')), type,
        ...(type === 'limit' ? { price: String(data.get('price') ?? '').trim() } : {}),
        quantity: String(data.get('quantity') ?? '').trim(), tif: String(data.get('tif')), post_only: data.get('post_only') !== null,
    };
    const button = by_id('order-send');
    button.disabled = true;
    show_fields(null);
    show_answer('', 'Sending…');
    try {
        show_answer('ok', order_sentence(await api.order_new(order)));
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        show_fields(problem);
        show_answer('bad', problem.message, problem.message.includes(problem.code) ? '' : problem.code);
    } finally {
        button.disabled = false;
        done();
    }
}

/** @param {any} one */
export function show_ticket(one) {
    if (one?.id === instrument?.id) return;
    instrument = one;
    set_text(by_id('order-unit'), one ? `${one.quote}, tick ${one.tick}` : '');
    by_id('order-price').value = '';
    show_fields(null);
    show_answer('', '');
    show_send();
}

/** @param {string} text */
export function ticket_price(text) {
    by_id('order-type').value = 'limit';
    by_id('order-price').value = text;
    show_send();
}

/** @param {() => void} on_done after every answer */
export function start_ticket(on_done) {
    done = on_done;
    form.addEventListener('submit', send);
    form.addEventListener('input', show_send);
    by_id('order-type').addEventListener('change', () => {
        const market = by_id('order-type').value === 'market';
        by_id('order-tif').value = market ? 'ioc' : 'day';
        show_send();
    });
    show_send();
}
