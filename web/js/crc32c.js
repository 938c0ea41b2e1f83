/* crc32c.js -- CRC-32C (Castagnoli) of a text, as the book channel's checksum uses it.
 * Owns:   its table.
 * Never:  anything else.
 * Always: crc32c('b:2.830:20|2.820:30;a:2.850:40|2.860:5') is '6661894e'.
 */

const TABLE = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    TABLE[byte] = crc >>> 0;
}

/** @param {string} text @returns {string} eight hexadecimal digits */
export function crc32c(text) {
    let crc = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
