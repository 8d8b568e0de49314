import type { HostPublisher } from './host_publisher.js';
import type { HostEnvironment } from './host_types.js';
import { primitives } from './primitives.js';
import { rare } from './rare.js';
import type { Transport } from './transport.js';

/**
 * Reports what the page's CSP or Trusted Types blocked, and whose code it was (`violation_report.ts`). `wasm-eval` is
 * the core's own test for WebAssembly, not a violation.
 */
export function watchViolations(
  env: HostEnvironment,
  publisher: HostPublisher,
  transport: Transport,
  running: () => readonly string[],
): () => void {
  const parts = { publisher, transport, stringify: primitives.stringify, told: new Set<string>() };
  return env.onViolation((violation) => {
    if (violation.blockedURI === 'wasm-eval') return;
    const ids = running();
    rare().then(
      ({ reportViolation }) => reportViolation(parts, violation, ids),
      () => {},
    );
  });
}
