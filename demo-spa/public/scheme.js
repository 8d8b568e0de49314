// Runs before the first paint, so that a chosen scheme is applied without a flash of the other one. A file and not an
// inline script, because the page's Content-Security-Policy allows none.
(() => {
  try {
    const chosen = localStorage.getItem('experience.scheme');
    if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.scheme = chosen;
  } catch {
    // Storage may be disabled; then the system's scheme applies.
  }
})();
