// Runs before the first paint, so that a person who chose a scheme never sees the other one flash.
// A file and not an inline script: the page's Content-Security-Policy allows none.
(() => {
  try {
    const chosen = localStorage.getItem('experience.scheme');
    if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.scheme = chosen;
  } catch {
    // Storage can be switched off; then the system's scheme holds.
  }
})();
