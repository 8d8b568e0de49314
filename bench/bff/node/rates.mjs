// A bucket of tokens for each tenant's plugin, and the headers that say what is left.

/** @returns a refusal, or null; `judged.rate` has the headers for either answer */
export function takeToken(judged) {
  const { plugin } = judged;
  const { per_second: perSecond, burst } = plugin.rate;
  const now = performance.now();
  const tokens = Math.min(burst, plugin.tokens + ((now - plugin.refilled) / 1000) * perSecond);
  plugin.refilled = now;
  const allowed = tokens >= 1;
  plugin.tokens = allowed ? tokens - 1 : tokens;
  const left = Math.floor(plugin.tokens);
  const reset = Math.ceil((burst - plugin.tokens) / perSecond);
  const window = Math.ceil(Math.max(1, burst / perSecond));
  judged.rate = {
    'ratelimit-policy': `"plugin";q=${burst};w=${window}`,
    ratelimit: `"plugin";r=${left};t=${reset}`,
    'ratelimit-reset': String(reset),
    'ratelimit-limit': String(burst),
    'ratelimit-remaining': String(left),
  };
  if (allowed) return null;
  const wait = String(Math.max(1, Math.ceil((1 - tokens) / perSecond)));
  return { status: 429, code: 'RATE_LIMITED', headers: { ...judged.rate, 'retry-after': wait } };
}
