// The theme before anything is drawn: as it was chosen, else as the system has it. The button goes through the three.
(() => {
  const order = ['auto', 'light', 'dark'], root = document.documentElement;
  const read = () => { try { return localStorage.getItem('theme') ?? 'auto'; } catch { return 'auto'; } };
  const apply = theme => { root.dataset.theme = order.includes(theme) ? theme : 'auto'; };
  apply(read());
  document.addEventListener('click', event => {
    if (!event.target.closest?.('[data-theme-toggle]')) return;
    const next = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
    try { localStorage.setItem('theme', next); } catch { /* Not kept, but applied. */ }
    apply(next);
  });
})();
