/* feed.js -- the one WebSocket of the page: subscriptions that outlive the connection.
 * Owns:   the socket, its reconnection, the list of subscriptions.
 * Never:  interprets a channel's content.
 * Always: each subscription is asked for again, from its snapshot, after every reconnection.
 */

import { api } from './api.js';

const WAIT_MS_FIRST = 500;
const WAIT_MS_MAX = 8000;

export class Feed {
    /** @param {(state: 'connecting'|'live'|'lost') => void} on_state */
    constructor(on_state) {
        this.on_state = on_state;
        /** @type {Map<string, {ask: any, take: (frame: any) => void}>} */
        this.subscriptions = new Map();
        this.next_id = 1;
        this.wait_ms = WAIT_MS_FIRST;
        this.connect();
    }

    connect() {
        this.on_state('connecting');
        this.socket = api.socket();
        this.socket.onopen = () => {
            this.wait_ms = WAIT_MS_FIRST;
            this.on_state('live');
            for (const [id, { ask }] of this.subscriptions) this.send('subscribe', id, ask);
        };
        this.socket.onmessage = (message) => this.receive(message.data);
        this.socket.onclose = () => {
            this.on_state('lost');
            setTimeout(() => this.connect(), this.wait_ms);
            this.wait_ms = Math.min(this.wait_ms * 2, WAIT_MS_MAX);
        };
    }

    /** @param {string} op @param {string} id @param {any} ask */
    send(op, id, ask) {
        if (this.socket.readyState === WebSocket.OPEN) {
            this.socket.send(JSON.stringify({ op, ...ask, id }));
        }
    }

    /** @param {any} data */
    receive(data) {
        let frame;
        try {
            frame = JSON.parse(data);
        } catch {
            return;
        }
        for (const { ask, take } of this.subscriptions.values()) {
            if (frame.channel !== ask.channel) continue;
            if (ask.contract === undefined || frame.contract === ask.contract) take(frame);
        }
    }

    /** @param {any} ask @param {(frame: any) => void} take @returns {string} the subscription's id */
    subscribe(ask, take) {
        const id = String(this.next_id++);
        this.subscriptions.set(id, { ask, take });
        this.send('subscribe', id, ask);
        return id;
    }

    /** @param {string} id */
    unsubscribe(id) {
        const subscription = this.subscriptions.get(id);
        if (!subscription) return;
        this.subscriptions.delete(id);
        this.send('unsubscribe', id, subscription.ask);
    }

    /** Leaves and subscribes again: the channel starts over with a snapshot. @param {string} id */
    again(id) {
        const subscription = this.subscriptions.get(id);
        if (!subscription) return;
        this.send('unsubscribe', id, subscription.ask);
        this.send('subscribe', id, subscription.ask);
    }
}
