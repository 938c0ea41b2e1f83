/* socket.mjs -- the server's side of RFC 6455, as much as a test needs: text, ping, close.
 * Owns:   one connection's framing.
 * Never:  fragments what it sends, or compresses.
 * Always: refuses an unmasked frame, as a server must.
 */

import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** @param {import('node:http').IncomingMessage} request @param {import('node:net').Socket} socket
 * @param {{text: (text: string, send: (o: any) => void) => void, closed: () => void}} on
 * @returns {{send: (o: any) => void, close: (code?: number) => void}} */
export function accept_socket(request, socket, on) {
    const key = createHash('sha1').update(request.headers['sec-websocket-key'] + GUID).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
    const write = (/** @type {number} */ opcode, /** @type {Buffer} */ body) => {
        if (socket.destroyed) return;
        const head = body.length < 126 ? Buffer.from([0x80 | opcode, body.length])
            : body.length < 65536 ? Buffer.from([0x80 | opcode, 126, body.length >> 8, body.length & 255])
                : Buffer.concat([Buffer.from([0x80 | opcode, 127]), uint64(body.length)]);
        socket.write(Buffer.concat([head, body]));
    };
    const send = (/** @type {any} */ value) => write(1, Buffer.from(JSON.stringify(value)));
    const close = (code = 1001) => {
        write(8, Buffer.from([code >> 8, code & 255]));
        socket.end();
    };
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes) => {
        pending = Buffer.concat([pending, bytes]);
        for (let frame = take_frame(pending); frame; frame = take_frame(pending)) {
            pending = pending.subarray(frame.size);
            if (!frame.masked) return close(1002);
            if (frame.opcode === 8) return close(1000);
            if (frame.opcode === 9) write(10, frame.body);
            if (frame.opcode === 1) on.text(frame.body.toString('utf8'), send);
        }
    });
    socket.on('close', on.closed);
    socket.on('error', () => socket.destroy());
    return { send, close };
}

/** @param {number} value */
function uint64(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
}

/** @param {Buffer} bytes */
function take_frame(bytes) {
    if (bytes.length < 2) return null;
    const masked = (bytes[1] & 0x80) !== 0;
    let length = bytes[1] & 0x7f;
    let at = 2;
    if (length === 126) {
        if (bytes.length < 4) return null;
        length = bytes.readUInt16BE(2);
        at = 4;
    } else if (length === 127) {
        if (bytes.length < 10) return null;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
    }
    const size = at + (masked ? 4 : 0) + length;
    if (bytes.length < size) return null;
    const body = Buffer.from(bytes.subarray(size - length, size));
    if (masked) for (let i = 0; i < length; i++) body[i] ^= bytes[at + (i & 3)];
    return { opcode: bytes[0] & 15, masked, body, size };
}
