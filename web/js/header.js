/* header.js -- whose venue, what time it is there, how the link is, whether the ledger adds up.
 * Owns:   the header, the banner, the panels "Ledger check" and "What happened".
 * Never:  checks the ledger itself: it shows the venue's own check, loudly when it fails.
 * Always: says what state the page is in: live, not connected, stopped.
 */

import { by_id, make, set_attribute, set_text } from './dom.js';
import { coordinate, group, is_decimal, minus, money, price, sign, signed } from './decimal.js';
import { LABEL_MEANS, month_text, show_label, time_text } from './words.js';

const LINK = { live: 'Live', connecting: 'Connecting', lost: 'Not connected', stopped: 'Stopped' };
let link = 'connecting';
let state = '';

function show_link() {
    const gone = link !== 'lost' ? '' : 'Not connected to the venue. What you see is the last it said; the page tries again by itself.';
    const words = { recovering: 'The venue is recovering its journal; figures may be behind.', stopping: 'The venue is stopping.', stopped: 'The venue has stopped. What you see is its last state.' };
    const stopped = state === 'stopped';
    const shown = stopped && link !== 'live' ? 'stopped' : link;
    set_attribute(by_id('link'), 'data-state', stopped ? 'stopped' : shown);
    set_text(by_id('link'), stopped ? LINK.stopped : LINK[shown]);
    const text = words[state] ?? gone;
    set_text(by_id('banner'), text);
    by_id('banner').hidden = !text;
}

/** @param {'connecting'|'live'|'lost'} next */
export function show_connection(next) {
    link = next === 'connecting' && link === 'lost' ? 'lost' : next;
    show_link();
}

/** @param {any} ledger */
function show_ledger(ledger, status) {
    const badge = by_id('ledger-badge');
    const known = ledger && typeof ledger.balanced === 'boolean';
    set_attribute(badge, 'data-state', !known ? 'unknown' : ledger.balanced ? 'ok' : 'bad');
    set_text(badge, !known ? 'Ledger –' : ledger.balanced ? `Ledger sums to ${price(ledger.sum)}` : `LEDGER OUT BY ${price(ledger.sum)}`);
    badge.title = known ? `Sum of all balances ${ledger.sum}; long ${ledger.long} lots, short ${ledger.short} lots` : '';
    set_text(by_id('ledger-sum'), known ? `${money(ledger.sum)} ${status.currency ?? ''}` : '–');
    set_text(by_id('ledger-long'), known ? group(ledger.long) : '–');
    set_text(by_id('ledger-short'), known ? group(ledger.short) : '–');
    set_text(by_id('ledger-seq'), status.seq ? `seq ${group(String(status.seq))}, durable ${group(String(status.durable_seq))} (${status.durability ?? '–'})` : '–');
    set_text(by_id('ledger-hash'), status.state_hash || '–');
    set_text(by_id('ledger-hash-date'), status.state_hash_date ? `after ${status.state_hash_date}` : '');
}

/** @param {any} demo */
function show_month(demo) {
    by_id('month').hidden = !demo;
    if (!demo) return;
    set_text(by_id('month-text'), `${month_text(`${demo.month}-01`)}, ${demo.settled ? 'settled' : `day ${demo.day} of ${demo.days}`}`);
    by_id('month-progress').value = demo.settled ? 1000000 : Number(demo.progress_ppm) || 0;
    const paced = is_decimal(String(demo.speed)) && String(demo.speed) !== '0';
    set_text(by_id('speed'), paced ? `${group(String(demo.speed))}×` : 'unpaced');
    by_id('speed').title = paced ? 'Speed against real time' : 'As fast as the machine goes';
}

/** @param {any} startup @param {string} currency */
function hedge_sentence(startup, currency) {
    const bought = is_decimal(startup.lots) && is_decimal(startup.average_price) ? `${group(startup.lots)} lots bought ahead at ${price(startup.average_price)}` : '';
    const parts = [bought, is_decimal(startup.futures_gain) ? `futures ${signed(startup.futures_gain, money)}` : '', is_decimal(startup.fees) ? `fees ${money(startup.fees)}` : ''].filter(Boolean);
    const why = parts.length ? ` (${parts.join(', ')})` : '';
    if (!is_decimal(startup.hedged_cost) || !is_decimal(startup.unhedged_cost)) return why.trim();
    const saved = minus(startup.unhedged_cost, startup.hedged_cost);
    if (sign(saved) === 0) return `The hedge changed nothing${why}.`;
    return `The hedge made it ${money(saved.replace('-', ''))} ${currency} ${sign(saved) > 0 ? 'cheaper' : 'dearer'}${why}.`;
}

/** @param {any} summary @param {string|undefined} label @param {string} currency */
function show_summary(summary, label, currency) {
    by_id('summary').hidden = !summary;
    show_label('summary-label', summary && label ? [label] : []);
    const body = by_id('summary-body');
    const key = JSON.stringify([summary, label]);
    if (!summary || body.getAttribute('data-key') === key) return;
    body.setAttribute('data-key', key);
    const startup = summary.startup;
    const days = `Mean of ${summary.days} days; ${summary.carried} carried, ${summary.missing} missing.`;
    const parts = [make('div', { class: 'outcome' },
        make('p', {}, `Final settlement of ${summary.contract}`),
        make('p', { class: 'value', id: 'summary-value' }, price(summary.value), ' ', make('small', {}, `${currency} a GPU-hour`)), make('p', {}, days))];
    if (startup) {
        const rows = [['Unhedged', startup.unhedged_cost, 'plain'], ['Hedged', startup.hedged_cost, 'hedged'], ['Budget', startup.budget, 'budget']].filter((row) => is_decimal(row[1]));
        const most = Math.max(...rows.map((row) => coordinate(row[1]) ?? 0), 1);
        const chart = make('div', { class: 'compare', id: 'summary-startup' });
        chart.append(make('p', {}, `What ${startup.name ?? 'the startup'} paid for ${group(String(startup.gpu_hours ?? ''))} GPU-hours`));
        for (const [word, value, kind] of rows) {
            const bar = make('div', { class: `bar ${kind}` });
            bar.style.setProperty('--share', `${Math.round(1000 * (coordinate(value) ?? 0) / most) / 10}%`);
            chart.append(make('span', {}, word), make('div', {}, bar), make('span', { class: 'n', title: value }, `${money(value)} ${currency}`));
        }
        chart.append(make('p', {}, hedge_sentence(startup, currency)));
        parts.push(chart);
    }
    body.replaceChildren(...parts);
}

/** @param {any} status @param {string|undefined} label of the demo month's benchmark */
export function show_status(status, label) {
    state = status.alert ?? status.state ?? '';
    show_link();
    set_text(by_id('venue'), status.venue ?? '');
    by_id('venue').title = `${status.venue ?? ''} ${status.version ?? ''}`.trim();
    document.title = status.venue ? `${status.venue} · Hedgerow` : 'Hedgerow';
    const simulated = status.mode === 'demo';
    set_text(by_id('clock-kind'), simulated ? 'Simulated' : 'Time');
    by_id('clock-kind').parentElement.setAttribute('data-simulated', String(simulated));
    set_text(by_id('clock'), status.time ? `${time_text(status.time)} UTC` : '–');
    by_id('clock').setAttribute('datetime', status.time ?? '');
    show_ledger(status.ledger, status);
    show_month(status.demo);
    show_summary(status.demo?.summary ?? null, label, status.currency ?? '');
    set_text(by_id('label-meaning'), `${LABEL_MEANS[label ?? ''] ?? ''} Nothing here is an offer or advice; this page is a client of the venue's public API.`.trim());
}
