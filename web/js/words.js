/* words.js -- the venue's codes as a reader's words.
 * Owns:   the sentences beside labels, rules, states; the forms of dates and times.
 * Never:  hides a code it does not know: that is shown as it came.
 * Always: UTC.
 */

import { make, by_id, set_attribute, set_text } from './dom.js';

export const LABEL_MEANS = {
    synthetic: 'Synthetic: the benchmark is made from a seeded generator, not from a market. No price here is real.',
    posted: 'Posted: the benchmark is made from list prices and offers, not from trades.',
    traded: 'Traded: the benchmark is made from rentals that took place.',
};

const RULES = {
    VWAP_WINDOW: 'average of the closing window', VWAP_DAY: 'average of the day', SPREAD_VWAP: 'from spreads',
    MID_BEST: 'middle of best bid and ask', IMPLIED_CURVE: 'implied by the curve',
    RUNNING_NO_TRADES: 'running average, no trades', PRIOR_PLUS_NEAREST: 'prior, moved with nearest',
    PRIOR: 'prior', FINAL: 'final',
};
const STATES = {
    LISTED: 'listed', TRADING: 'trading', LAST_TRADE: 'last trade over', FIXED: 'fixed', SETTLED: 'settled',
    ARCHIVED: 'archived', SUSPENDED: 'suspended', CASCADED: 'cascaded', DETERMINATION: 'in determination',
};
const PHASES = { pre_open: 'pre-open', no_cancel: 'no cancel', close_auction: 'closing auction' };
const ROLES = {
    capacity_seller: 'sells capacity', capacity_buyer: 'buys capacity', financier: 'financier',
    dealer: 'dealer', managed_money: 'managed money', other: 'other',
};
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @param {Record<string, string>} list */
const known = (list) => (/** @type {string} */ code) => list[code] ?? code ?? '–';
export const rule_text = known(RULES);
export const role_text = known(ROLES);

/** @param {any} instrument */
export function state_text(instrument) {
    if (!instrument) return '–';
    if (instrument.state === 'TRADING') return PHASES[instrument.phase] ?? instrument.phase ?? 'trading';
    return STATES[instrument.state] ?? instrument.state;
}

/** @param {string|null|undefined} date ISO */
export function month_text(date) {
    const [year, month] = (date ?? '').split('-');
    return MONTHS[Number(month) - 1] ? `${MONTHS[Number(month) - 1]} ${year}` : '–';
}

/** "2026-07-14 13:05:00" @param {string|null|undefined} time RFC 3339 */
export const time_text = (time) => (time ? time.slice(0, 19).replace('T', ' ') : '–');

/** Seconds since 1970 of an ISO date's start, for a chart's axis. @param {string} date */
export const seconds_of = (date) => Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / 1000;

/** Puts the benchmark's label beside a price. @param {string} id @param {string[]} labels */
export function show_label(id, labels) {
    const node = by_id(id);
    const text = labels.join(' + ');
    node.hidden = !text;
    set_text(node, text);
    set_attribute(node, 'data-label', labels.length === 1 ? labels[0] : null);
    set_attribute(node, 'title', labels.map((label) => LABEL_MEANS[label] ?? label).join(' '));
}

/** A line of name and value pairs. @param {Element} node @param {Array<[string, string]|string>} parts */
export function show_readout(node, parts) {
    const text = JSON.stringify(parts);
    if (node.getAttribute('data-parts') === text) return;
    node.setAttribute('data-parts', text);
    node.replaceChildren(...parts.flatMap((part, i) => {
        const gap = i ? ['  \u00b7  '] : [];
        return typeof part === 'string' ? [...gap, make('b', {}, part)] : [...gap, `${part[0]} `, make('b', {}, part[1])];
    }));
}
