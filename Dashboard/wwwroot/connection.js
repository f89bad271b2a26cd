// The link past the bar: an address of a fragment alone would lead to the base address.
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  document.getElementById('main')?.focus();
});

// Starts the live connection and mends it: a lost one is tried again and again, and where the other side no longer knows it
// (the dashboard was started again) the page is loaded anew.
(() => {
  const place = document.getElementById('components-reconnect-modal');
  let waiting = false;
  const reloadWhenThere = async () => {
    if (waiting) return;
    waiting = true;
    place.classList.add('shown');
    for (;;) {
      try {
        const answer = await fetch('theme.js', { cache: 'no-store' });
        if (answer.status < 500) break;
      } catch { /* Not there yet. */ }
      await new Promise(done => setTimeout(done, 1000));
    }
    location.reload();
  };
  place.addEventListener('components-reconnect-state-changed', event => {
    if (event.detail.state === 'failed' || event.detail.state === 'rejected') reloadWhenThere();
  });
  Blazor.start({
    circuit: {
      reconnectionOptions: { dialogId: 'components-reconnect-modal', maxRetries: 60, retryIntervalMilliseconds: () => 1000 },
    },
  }).catch(reloadWhenThere);
})();
