/* price_chart.js -- candles and volume of the selected contract, with its last settlement as a line.
 * Owns:   the panel "Price".
 * Never:  makes a candle of trades: the venue does.
 * Always: times are UTC; the readout shows the API's own text.
 */

import { createChart, CandlestickSeries, HistogramSeries, LineStyle, CrosshairMode }
    from '../vendor/lightweight-charts.js';
import { by_id, colour, make, set_attribute } from './dom.js';
import { coordinate, group, places, price } from './decimal.js';
import { show_readout, time_text } from './words.js';

const STEPS = [{ text: '1 h', seconds: 3600 }, { text: '4 h', seconds: 14400 }, { text: '1 d', seconds: 86400 }];
export let step = STEPS[1].seconds;

const node = by_id('price-chart');
let chart = null;
let bars = null;
let volumes = null;
let mark = null;
let candles = [];
let shown = { contract: '', tick: '0.001', settlement: null };
let moved = false;
let drawn = '';

/** Colours of lightweight-charts from the style sheet. */
const look = () => ({
    layout: { background: { color: colour('panel') }, textColor: colour('muted'), fontSize: 11, attributionLogo: false,
        fontFamily: 'Arial, "Liberation Sans", sans-serif' },
    grid: { vertLines: { color: colour('line') }, horzLines: { color: colour('line') } },
    rightPriceScale: { borderColor: colour('line'), scaleMargins: { top: .08, bottom: .24 } },
    timeScale: { borderColor: colour('line'), timeVisible: step < 86400, secondsVisible: false, rightOffset: 2, maxBarSpacing: 18 },
    crosshair: { mode: CrosshairMode.Normal, vertLine: { color: colour('line-strong') }, horzLine: { color: colour('line-strong') } },
});

function open_chart() {
    if (chart) chart.remove();
    chart = createChart(node, { autoSize: true, ...look() });
    volumes = chart.addSeries(HistogramSeries, { priceScaleId: 'volume', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false });
    chart.priceScale('volume').applyOptions({ scaleMargins: { top: .82, bottom: 0 } });
    const digits = places(shown.tick);
    bars = chart.addSeries(CandlestickSeries, {
        upColor: colour('buy'), borderUpColor: colour('buy'), wickUpColor: colour('buy'),
        downColor: colour('sell'), borderDownColor: colour('sell'), wickDownColor: colour('sell'),
        priceFormat: { type: 'price', precision: digits, minMove: coordinate(shown.tick) ?? 10 ** -digits }, priceLineVisible: false,
    });
    mark = null;
    chart.subscribeCrosshairMove((at) => {
        const seconds = /** @type {any} */ (at.time);
        show_candle(seconds === undefined ? null : candles.find((candle) => seconds_at(candle) === seconds));
    });
}

const seconds_at = (/** @type {any} */ candle) => Math.floor(candle.ts / 1e9);

function draw() {
    if (!chart) open_chart();
    bars.setData(candles.map((candle) => ({ time: seconds_at(candle), open: coordinate(candle.open), high: coordinate(candle.high), low: coordinate(candle.low), close: coordinate(candle.close) })));
    volumes.setData(candles.map((candle) => ({ time: seconds_at(candle), value: coordinate(candle.volume) ?? 0, color: colour('line-strong') })));
    if (mark) bars.removePriceLine(mark);
    mark = null;
    const level = coordinate(shown.settlement);
    if (level !== null) mark = bars.createPriceLine({ price: level, color: colour('accent'), lineWidth: 1, lineStyle: LineStyle.Dashed, title: 'settle', axisLabelVisible: true });
    if (!moved) chart.timeScale().fitContent();
}

/** @param {any} candle */
function show_candle(candle) {
    const one = candle ?? candles[candles.length - 1];
    const line = by_id('price-readout');
    if (!one) return show_readout(line, [shown.contract ? 'No trade yet.' : 'No contract listed yet.']);
    show_readout(line, [time_text(one.time).slice(5, 16), ['O', price(one.open)], ['H', price(one.high)], ['L', price(one.low)], ['C', price(one.close)], ['lots', group(one.volume)]]);
}

/** @param {any} instrument @param {any[]} next candles, oldest first */
export function show_candles(instrument, next) {
    const key = JSON.stringify([instrument?.id, instrument?.settlement, step, next]);
    if (key === drawn) return;
    drawn = key;
    const other = instrument?.id !== shown.contract;
    shown = { contract: instrument?.id ?? '', tick: instrument?.tick ?? '0.001', settlement: instrument?.settlement ?? null };
    candles = next;
    if (other) {
        moved = false;
        if (chart) open_chart();
    }
    show_candle(null);
    set_attribute(node, 'aria-label', candles.length
        ? `${shown.contract}: ${candles.length} candles, last close ${price(candles[candles.length - 1].close)}` : `${shown.contract || 'Price'}: no trade yet`);
    if (chart || candles.length) draw();
}

/** The buttons for the candles' step. @param {() => void} changed */
export function start_steps(changed) {
    by_id('steps').replaceChildren(...STEPS.map(({ text, seconds }) => make('button', {
        type: 'button', 'aria-pressed': String(seconds === step), onclick: (/** @type {any} */ event) => {
            step = seconds;
            moved = false;
            for (const button of by_id('steps').children) set_attribute(button, 'aria-pressed', String(button === event.currentTarget));
            chart?.timeScale().applyOptions({ timeVisible: step < 86400 });
            changed();
        },
    }, text)));
}

for (const kind of ['pointerdown', 'wheel']) node.addEventListener(kind, () => { moved = true; }, { passive: true });
document.documentElement.addEventListener('themechange', () => {
    if (!chart) return;
    open_chart();
    draw();
});
