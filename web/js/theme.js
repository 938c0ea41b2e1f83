/* theme.js -- dark, light, or what the system says; runs before the first paint.
 * Owns:   the data-theme attribute of the page and its button.
 * Never:  knows a colour: those are in style.css.
 * Always: tells the charts, by the event `themechange`, to draw themselves again.
 */
(() => {
    const KEY = 'hedgerow.theme';
    const system = matchMedia('(prefers-color-scheme: light)');
    const root = document.documentElement;
    let chosen = null;
    try {
        chosen = localStorage.getItem(KEY);
    } catch { /* storage is off: the choice lasts as long as the page */ }

    const apply = () => {
        const theme = chosen === 'light' || chosen === 'dark' ? chosen : system.matches ? 'light' : 'dark';
        root.dataset.theme = theme;
        const button = document.getElementById('theme');
        if (button) button.setAttribute('aria-label', `Switch to ${theme === 'dark' ? 'light' : 'dark'} colours`);
        root.dispatchEvent(new Event('themechange'));
    };

    apply();
    system.addEventListener('change', apply);
    document.addEventListener('DOMContentLoaded', () => {
        apply();
        document.getElementById('theme').addEventListener('click', () => {
            chosen = root.dataset.theme === 'dark' ? 'light' : 'dark';
            try {
                localStorage.setItem(KEY, chosen);
            } catch { /* as above */ }
            apply();
        });
    });
})();
