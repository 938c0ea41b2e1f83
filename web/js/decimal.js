/* decimal.js -- decimal text as the API sends it: compared, subtracted and shown, never a float.
 * Owns:   the display form of prices, quantities and money.
 * Never:  changes a value: digits are only cut for display where the caller asks, half-even.
 * Always: text that is not a decimal is shown as a dash.
 */

const FORM = /^-?\d+(\.\d+)?$/;

/** @param {unknown} text @returns {text is string} */
export const is_decimal = (text) => typeof text === 'string' && FORM.test(text);

/** Value as an integer of 10^-digits; digits beyond are rounded half-even.
 * @param {string} text @param {number} digits @returns {bigint} */
export function scaled(text, digits) {
    const negative = text.startsWith('-');
    const [whole, fraction = ''] = text.slice(negative ? 1 : 0).split('.');
    let value = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
    const rest = fraction.slice(digits);
    if (/[1-9]/.test(rest)) {
        const half = '5'.padEnd(rest.length, '0');
        if (rest > half || (rest === half && value % 2n === 1n)) value += 1n;
    }
    return negative ? -value : value;
}

/** @param {bigint} value @param {number} digits @returns {string} */
export function unscaled(value, digits) {
    const negative = value < 0n;
    const text = (negative ? -value : value).toString().padStart(digits + 1, '0');
    const whole = text.slice(0, text.length - digits);
    return (negative ? '-' : '') + whole + (digits ? '.' + text.slice(-digits) : '');
}

/** @param {string} text */
export const places = (text) => (text.split('.')[1] ?? '').length;

/** @param {string} a @param {string} b @returns {string} a - b, exact */
export function minus(a, b) {
    const digits = Math.max(places(a), places(b));
    return unscaled(scaled(a, digits) - scaled(b, digits), digits);
}

/** @param {string} a @param {string} b @returns {string} a + b, exact */
export function plus(a, b) {
    const digits = Math.max(places(a), places(b));
    return unscaled(scaled(a, digits) + scaled(b, digits), digits);
}

/** @param {string} a @param {string} b @returns {number} below, at or above 0 */
export function compare(a, b) {
    const digits = Math.max(places(a), places(b));
    const difference = scaled(a, digits) - scaled(b, digits);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** At least `least` digits after the point; never fewer than the value has.
 * @param {unknown} text @param {number} [least] */
export function price(text, least = 0) {
    if (!is_decimal(text)) return '–';
    const digits = Math.max(least, places(text));
    return group(unscaled(scaled(text, digits), digits));
}

/** Money for a table: cut to whole cents for display; the exact text belongs in the title.
 * @param {unknown} text @param {number} [digits] */
export function money(text, digits = 2) {
    return is_decimal(text) ? group(unscaled(scaled(text, digits), digits)) : '–';
}

/** Thousands apart. @param {unknown} text */
export function group(text) {
    if (!is_decimal(text)) return '–';
    const [whole, fraction] = text.split('.');
    const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
    return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** With a plus sign where positive. @param {unknown} text @param {(t: unknown) => string} [shape] */
export function signed(text, shape = group) {
    if (!is_decimal(text)) return '–';
    return sign(text) > 0 ? `+${shape(text)}` : shape(text);
}

/** @param {unknown} text @returns {-1|0|1} */
export function sign(text) {
    if (!is_decimal(text) || !/[1-9]/.test(text)) return 0;
    return text.startsWith('-') ? -1 : 1;
}

/** For drawing only: a chart's coordinates are floats, its readouts are not.
 * @param {unknown} text @returns {number|null} */
export const coordinate = (text) => (is_decimal(text) ? Number(text) : null);
