/* index_chart.js -- the benchmark: its first prints, their percentile band, its carried, missing and restated days.
 * Owns:   the panel "Benchmark".
 * Never:  fills a hole: a day without a print stays a gap with a mark.
 * Always: the readout and the table show the API's own text.
 */

import { by_id, cell, colour, fill, make, set_attribute, set_text } from './dom.js';
import { coordinate, price } from './decimal.js';
import { Plot, axis, day_labels, price_labels, utc_date } from './plot.js';
import { seconds_of, show_label, show_readout } from './words.js';

const BAND = ['p99', 'p1', 'p75', 'p25', 'p50'];
let prints = [];
let hovered = -1;
const plot = new Plot(by_id('index-chart'), options);

function options() {
    const line = (/** @type {string} */ name, more = {}) =>
        ({ label: name, points: { show: false }, stroke: 'transparent', width: 0, ...more });
    return {
        legend: { show: false },
        padding: [8, 8, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        tzDate: utc_date,
        scales: { x: { time: true }, y: { range: (_u, low, high) => low === null ? [0, 1] : [low - (high - low || 1) * .08, high + (high - low || 1) * .08] } },
        axes: [axis({ values: day_labels, space: 64, size: 26 }), axis({ values: price_labels, size: 46, space: 34 })],
        series: [{}, line('p99'), line('p1'), line('p75'), line('p25'),
            line('p50', { stroke: colour('median'), width: 1, dash: [4, 3] }),
            line('value', { stroke: colour('accent'), width: 2 }), line('restated')],
        bands: [{ series: [1, 2], fill: colour('band-outer') }, { series: [3, 4], fill: colour('band-inner') }],
        hooks: {
            draw: [draw_marks],
            setCursor: [(u) => {
                hovered = u.cursor.idx ?? -1;
                show_print();
            }],
        },
    };
}

/** A diamond at the restated value, joined to the first print. @param {any} u @param {number} x @param {number|null} first @param {number|null} later */
function draw_restated(u, x, first, later) {
    if (first === null && later === null) return;
    const { ctx } = u;
    const r = 4 * devicePixelRatio;
    const [from, to] = [first ?? later, later ?? first].map((value) => u.valToPos(value, 'y', true));
    ctx.strokeStyle = ctx.fillStyle = colour('violet');
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, from);
    ctx.lineTo(x, to);
    ctx.stroke();
    ctx.beginPath();
    for (const [dx, dy] of [[0, -r], [r, 0], [0, r], [-r, 0]]) ctx.lineTo(x + dx, to + dy);
    ctx.closePath();
    ctx.fill();
}

/** Rings on carried days, bars on days without a print, diamonds on restated ones. @param {any} u */
function draw_marks(u) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    ctx.save();
    prints.forEach((print, i) => {
        const x = u.valToPos(u.data[0][i], 'x', true);
        if (print.status === 'NO_PRINT') {
            ctx.fillStyle = colour('sell');
            ctx.fillRect(x - ratio, u.bbox.top + u.bbox.height - 14 * ratio, 2 * ratio, 14 * ratio);
        } else if (print.status === 'CARRIED' && u.data[6][i] !== null) {
            ctx.beginPath();
            ctx.arc(x, u.valToPos(u.data[6][i], 'y', true), 4 * ratio, 0, 2 * Math.PI);
            ctx.fillStyle = colour('panel');
            ctx.fill();
            ctx.lineWidth = 2 * ratio;
            ctx.strokeStyle = colour('amber');
            ctx.stroke();
        } else if (prints.length === 1 && u.data[6][i] !== null) {
            ctx.beginPath();
            ctx.arc(x, u.valToPos(u.data[6][i], 'y', true), 3 * ratio, 0, 2 * Math.PI);
            ctx.fillStyle = colour('accent');
            ctx.fill();
        }
        if (print.restated) draw_restated(u, x, u.data[6][i], u.data[7][i]);
    });
    ctx.restore();
}

function show_print() {
    const node = by_id('index-readout');
    const print = prints[hovered] ?? prints[prints.length - 1];
    if (!print) return show_readout(node, ['No print yet.']);
    const parts = [print.date, print.value === null ? 'no print' : price(print.value)];
    if (print.status === 'CARRIED') parts.push(['carried from', print.priced_on]);
    if (print.p25 !== null && print.value !== null) parts.push(['p25–p75', `${price(print.p25)}–${price(print.p75)}`]);
    parts.push(print.level, ['owners', String(print.owners)]);
    if (print.reason) parts.push(['reason', print.reason]);
    if (print.restated) parts.push(restated_text(print.restated));
    show_readout(node, parts);
}

/** The words for a later version of the date: "restated 2.78 (version 2)". @param {any} restated */
function restated_text(restated) {
    return `restated ${restated.value === null ? 'to no print' : price(restated.value)} (version ${restated.version})`;
}

const STATUS = { PRINTED: 'printed', CARRIED: 'carried', NO_PRINT: 'no print' };

/** @param {any} answer of /index/{id}, or null when there is no benchmark yet */
export function show_index(answer) {
    const next = (answer?.prints ?? []).slice().sort((a, b) => (a.date < b.date ? -1 : 1));
    set_text(by_id('index-title'), answer?.index ? `Benchmark ${answer.index}` : 'Benchmark');
    by_id('index-title').title = answer?.index ?? '';
    show_label('index-label', answer?.label ? [answer.label] : []);
    const changed = fill(by_id('index-rows'), next.slice().reverse(), (print) => make('tr', {},
        make('th', { scope: 'row' }, print.date), cell(price(print.value), 'n'),
        cell(`${STATUS[print.status] ?? print.status} ${print.level}${print.restated ? `, ${restated_text(print.restated)}` : ''}`, '', { title: print.reason || null }),
        cell(price(print.p25), 'n'), cell(price(print.p75), 'n'), cell(String(print.owners), 'n')),
    { columns: 6, text: 'No print yet.' });
    if (!changed && prints.length) return;
    prints = next;
    show_print();
    const count = (/** @type {string} */ status) => prints.filter((print) => print.status === status).length;
    set_attribute(by_id('index-chart'), 'aria-label', prints.length
        ? `Benchmark ${answer.index}, ${answer.label}: ${prints.length} dates, last ${prints.at(-1).date} at ${price(prints.at(-1).value)}; ${count('CARRIED')} carried, ${count('NO_PRINT')} without a print, ${prints.filter((print) => print.restated).length} restated`
        : 'Benchmark: no print yet');
    if (!prints.length) return;
    const of = (/** @type {string} */ name) => prints.map((print) => (print.value === null ? null : coordinate(print[name])));
    plot.show([prints.map((print) => seconds_of(print.date)), ...BAND.map(of), of('value'), prints.map((print) => coordinate(print.restated?.value ?? null))]);
}

by_id('index-view').addEventListener('click', () => {
    const table = by_id('index-table');
    table.hidden = !table.hidden;
    by_id('index-chart').hidden = by_id('index-key').hidden = by_id('index-readout').hidden = !table.hidden;
    set_attribute(by_id('index-view'), 'aria-pressed', String(!table.hidden));
    plot.resize();
});
