/* poll.js -- asks for a resource again and again, never twice at once.
 * Owns:   the timers.
 * Never:  runs while the page is hidden, or piles up calls on a slow venue.
 * Always: after a failure it waits longer, up to ten times the period.
 */

/** @param {number} period_ms @param {() => Promise<void>} run @returns {() => void} runs it now */
export function every(period_ms, run) {
    let timer = 0;
    let busy = false;
    let again = false;
    let wait_ms = period_ms;
    const turn = async () => {
        clearTimeout(timer);
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        try {
            if (!document.hidden) await run();
            wait_ms = period_ms;
        } catch {
            wait_ms = Math.min(wait_ms * 2, period_ms * 10);
        }
        busy = false;
        timer = setTimeout(turn, again ? 0 : wait_ms);
        again = false;
    };
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden) turn();
    });
    turn();
    return turn;
}
