/* curve.js -- the forward curve: what each contract month settled at, against spot and running average.
 * Owns:   the panel "Forward curve".
 * Never:  interpolates: a contract is a level line over the days it averages.
 * Always: a click selects the contract under it; the table of contracts does the same by keyboard.
 */

import { by_id, colour, set_attribute } from './dom.js';
import { coordinate, price } from './decimal.js';
import { Plot, axis, price_labels, utc_date } from './plot.js';
import { month_text, seconds_of, show_readout } from './words.js';

const DAY = 86400;
const MONTH_DAYS_MAX = 31;
let lines = [];
let spot = null;
let today = 0;
let chosen = '';
let select = (/** @type {string} */ _contract) => {};
const plot = new Plot(by_id('curve-chart'), options);

function options() {
    return {
        legend: { show: false },
        padding: [8, 8, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, bind: { click: (u) => () => {
            const line = line_at(u);
            if (line) select(line.id);
            return null;
        } } },
        tzDate: utc_date,
        scales: { x: { time: true, range: () => x_range() }, y: { range: () => y_range() } },
        axes: [axis({ space: 56, size: 26, values: month_labels, splits: month_splits }), axis({ values: price_labels, size: 46, space: 34 })],
        series: [{}, { label: 'settlement', stroke: 'transparent', width: 0, points: { show: false } }],
        hooks: { draw: [draw_lines], setCursor: [(u) => show_line(line_at(u))] },
    };
}

const x_range = () => [Math.min(today || Infinity, ...lines.map((line) => line.from)), Math.max(...lines.map((line) => line.to))];

function y_range() {
    const values = [...lines.flatMap((line) => [line.y, line.mean_y]), spot && coordinate(spot.value)].filter((y) => typeof y === 'number');
    if (!values.length) return [0, 1];
    const low = Math.min(...values);
    const high = Math.max(...values);
    const room = (high - low || high * .02 || 1) * .15;
    return [low - room, high + room];
}

/** First days of months, thinned so that the words fit. @param {any} u */
function month_splits(u) {
    const [low, high] = x_range();
    const first = new Date(low * 1000);
    const months = (high - low) / DAY / 30;
    const step = [1, 2, 3, 6, 12].find((n) => months / n <= Math.max(2, u.bbox.width / devicePixelRatio / 56)) ?? 24;
    const splits = [];
    for (let i = 0; ; i += step) {
        const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i, 1) / 1000;
        if (at > high - (high - low) / 30) return splits;
        if (at >= low - DAY) splits.push(Math.max(at, low));
    }
}

const month_labels = (_u, splits) => splits.map((at) => {
    const words = month_text(new Date(at * 1000).toISOString());
    return words;
});

/** @param {any} u */
function line_at(u) {
    if (u.cursor.left === null || u.cursor.left < 0) return null;
    const x = u.posToVal(u.cursor.left, 'x');
    const hits = lines.filter((line) => x >= line.from && x <= line.to);
    return hits.sort((a, b) => a.to - a.from - (b.to - b.from))[0] ?? null;
}

/** @param {any} line */
function show_line(line) {
    const node = by_id('curve-readout');
    const shown = line ?? lines.find((one) => one.id === chosen) ?? lines[0];
    if (!shown) return show_readout(node, ['No contract listed yet.']);
    const parts = [[shown.id, price(shown.value)], shown.word === 'settlement' ? null : [shown.word, ''], shown.mean ? [`avg ${shown.fixed}/${shown.fixings}`, price(shown.mean)] : null].filter(Boolean);
    if (spot) parts.push(['spot', price(spot.value)]);
    show_readout(node, parts);
}

/** @param {any} u */
function draw_lines(u) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const at = (/** @type {number} */ x, /** @type {number} */ y) => /** @type {const} */ ([u.valToPos(x, 'x', true), u.valToPos(y, 'y', true)]);
    const stroke = (/** @type {string} */ ink, /** @type {number} */ width, /** @type {number[]} */ dash, /** @type {any[]} */ points) => {
        ctx.strokeStyle = ink;
        ctx.lineWidth = width * ratio;
        ctx.setLineDash(dash.map((d) => d * ratio));
        ctx.beginPath();
        points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
        ctx.stroke();
    };
    ctx.save();
    const months = lines.filter((line) => line.short && line.y !== null);
    months.forEach((line, i) => {
        const next = months[i + 1];
        if (next) stroke(colour('line-strong'), 1, [], [at(line.to, line.y), at(next.from, next.y)]);
    });
    for (const line of lines) {
        if (line.y === null) continue;
        const strong = line.id === chosen;
        stroke(colour(line.short ? 'accent' : 'median'), line.short ? (strong ? 4 : 2.5) : 1.5, line.settled ? [] : [3, 3],
            [at(line.from, line.y), at(line.to, line.y)]);
        if (strong) {
            const [x, y] = at((line.from + line.to) / 2, line.y);
            ctx.fillStyle = colour('accent');
            ctx.beginPath();
            ctx.arc(x, y, 4.5 * ratio, 0, 2 * Math.PI);
            ctx.fill();
        }
    }
    for (const line of lines) {
        if (line.mean_y !== null) stroke(colour('amber'), 2, [], [at(line.from, line.mean_y), at(Math.max(line.from + DAY, Math.min(today + DAY, line.to)), line.mean_y)]);
    }
    const y = spot && coordinate(spot.value);
    if (typeof y === 'number') {
        const [low, high] = x_range();
        stroke(colour('spot'), 1.5, [2, 3], [at(low, y), at(high, y)]);
        ctx.setLineDash([]);
        ctx.fillStyle = colour('spot');
        ctx.beginPath();
        ctx.arc(...at(Math.max(today, low), y), 4 * ratio, 0, 2 * Math.PI);
        ctx.fill();
    }
    ctx.restore();
}

let key = '';
/** @param {any[]} instruments @param {any} last_print @param {string|null} date @param {string} contract */
export function show_curve(instruments, last_print, date, contract) {
    const next = JSON.stringify([instruments.map((i) => [i.id, i.settlement, i.final, i.mean, i.fixed]), last_print?.value, date, contract]);
    if (next === key) return;
    key = next;
    spot = last_print;
    chosen = contract;
    today = date ? seconds_of(date) : 0;
    lines = instruments.filter((one) => one.period_start && one.period_end).map((one) => {
        const value = one.final ?? one.settlement ?? one.reference;
        const from = seconds_of(one.period_start);
        const to = seconds_of(one.period_end) + DAY;
        return {
            id: one.id, value, y: coordinate(value), from, to, short: to - from <= MONTH_DAYS_MAX * DAY, settled: Boolean(one.final ?? one.settlement),
            word: one.final ? 'final' : one.settlement ? 'settlement' : 'reference',
            mean: one.mean, mean_y: coordinate(one.mean), fixed: one.fixed, fixings: one.fixings,
        };
    }).sort((a, b) => a.from - b.from || a.to - b.to);
    show_line(null);
    set_attribute(by_id('curve-chart'), 'aria-label', lines.length
        ? `Forward curve: ${lines.map((line) => `${line.id} ${price(line.value)}`).join(', ')}` : 'Forward curve: no contract listed yet');
    if (lines.length) plot.show([lines.map((line) => line.from), lines.map((line) => line.y)]);
}

/** @param {(contract: string) => void} choose */
export function on_curve_select(choose) {
    select = choose;
}
