/* dom.js -- the few helpers every panel uses to make and change elements.
 * Owns:   nothing.
 * Never:  takes HTML as text: everything shown goes in as a text node.
 * Always: writes to the page only when something differs, so that nothing flickers or is read twice.
 */

/** @param {string} id @returns {any} */
export const by_id = (id) => document.getElementById(id);

/** @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node|string|null)} children
 * @returns {any} */
export function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
        else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
}

/** @param {Element} node @param {string} text */
export function set_text(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {string} name @param {string|null} value */
export function set_attribute(node, name, value) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** A table body from rows; nothing is touched while the rows say the same as before.
 * @param {any} body @param {any[]} rows @param {(row: any) => Node} build @param {{columns: number, text: string}} empty */
export function fill(body, rows, build, empty) {
    const key = JSON.stringify(rows);
    if (body.filled === key) return false;
    body.filled = key;
    body.replaceChildren(...(rows.length ? rows.map(build) : [make('tr', { class: 'empty' },
        make('td', { colspan: empty.columns }, empty.text))]));
    return true;
}

/** @param {string} text @param {string} [kind] @param {Record<string, any>} [more] */
export const cell = (text, kind = '', more = {}) => make('td', { class: kind || null, ...more }, text);

/** A colour of the style sheet. @param {string} name */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A table body whose rows stay the same elements while their key stays: focus and selection survive.
 * @param {any} body @param {any[]} items @param {(item: any) => string} key_of
 * @param {(item: any) => any} build @param {(row: any, item: any) => void} update
 * @param {{columns: number, text: string}} empty */
export function keep(body, items, key_of, build, update, empty) {
    const old = body.rows_by_key ?? new Map();
    const rows = new Map();
    for (const item of items) {
        const key = key_of(item);
        const row = old.get(key) ?? build(item);
        update(row, item);
        rows.set(key, row);
    }
    const wanted = rows.size ? [...rows.values()] : [body.empty_row ??= make('tr', { class: 'empty' },
        make('td', { colspan: empty.columns }, empty.text))];
    for (const row of [...body.children]) if (!wanted.includes(row)) row.remove();
    wanted.forEach((row, i) => {
        if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    });
    body.rows_by_key = rows;
}
