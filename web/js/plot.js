/* plot.js -- a uPlot chart that keeps to its box and follows the page's colours.
 * Owns:   the uPlot instance, its size, its axes.
 * Never:  formats a value for a table.
 * Always: is rebuilt when the colours change, and only then.
 */

import uPlot from '../vendor/uPlot.js';
import { colour } from './dom.js';

export class Plot {
    /** @param {HTMLElement} node @param {() => any} options everything but width and height */
    constructor(node, options) {
        this.node = node;
        this.options = options;
        this.data = null;
        this.chart = null;
        new ResizeObserver(() => this.resize()).observe(node);
        document.documentElement.addEventListener('themechange', () => {
            this.chart?.destroy();
            this.chart = null;
            if (this.data) this.show(this.data);
        });
    }

    size() {
        const style = getComputedStyle(this.node);
        return {
            width: Math.max(60, this.node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)),
            height: Math.max(60, this.node.clientHeight),
        };
    }

    resize() {
        if (this.chart) this.chart.setSize(this.size());
    }

    /** @param {any[]} data */
    show(data) {
        this.data = data;
        if (this.chart) this.chart.setData(data);
        else this.chart = new uPlot({ ...this.size(), ...this.options() }, data, this.node);
    }
}

/** An axis in the page's colours. @param {object} more */
export const axis = (more = {}) => ({
    stroke: colour('muted'),
    font: '11px Arial, "Liberation Sans", sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1, size: 4 },
    gap: 4,
    ...more,
});

/** UTC dates on every axis. @param {number} seconds */
export const utc_date = (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC');

/** "14 Jul" under the ticks of a month's axis. @param {any} _u @param {number[]} splits */
export const day_labels = (_u, splits) => splits.map((at) => {
    const date = new Date(at * 1000);
    return `${date.getUTCDate()} ${date.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' })}`;
});

/** Decimals that tell neighbouring ticks apart. @param {any} _u @param {number[]} splits */
export function price_labels(_u, splits) {
    const step = splits.length > 1 ? Math.abs(splits[1] - splits[0]) : 1;
    const digits = Math.max(2, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
    return splits.map((at) => at.toFixed(digits));
}
