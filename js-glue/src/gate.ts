import type { Core, PolicyHandle } from './core/index.js';
import type { Code } from './generated/spec.js';
import type { Session } from './host_types.js';
import type { PluginManifest } from './manifest.js';
import type { Transport } from './transport.js';

/** A plugin that the gate is asked about. */
export interface GatedPlugin {
  readonly manifest: PluginManifest;
  readonly policy: PolicyHandle;
}

/** For one manifest: which of its routes and widgets the policy permits, in the manifest's order. */
export interface Permits {
  readonly routes: readonly boolean[];
  readonly widgets: readonly boolean[];
}

export type GateAnswer =
  | { readonly ok: true; readonly permits: readonly Permits[] }
  | { readonly ok: false; readonly code: Code; readonly detail: string };

/**
 * Asks the policy about every contribution of every manifest, in one batch, before anything is
 * mounted. The core builds the batch and reads the reply; what it does not understand permits
 * nothing. Not ok means that the policy could not be asked, which is no denial and worth a retry.
 */
export async function askGate(
  core: Core,
  transport: Transport,
  session: Session,
  plugins: readonly GatedPlugin[],
  signal: AbortSignal,
): Promise<GateAnswer> {
  const manifests = plugins.map((plugin) => plugin.manifest);
  const policies = plugins.map((plugin) => plugin.policy);
  const batch = core.authzen.requests(policies, session.subject);
  if (batch.count === 0) return { ok: true, permits: split(manifests, []) };
  let status: number;
  let body: string;
  try {
    const response = await transport.send({
      target: '/access/v1/evaluations',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: batch.json,
      signal,
    });
    status = response.status;
    body = await response.text();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    return { ok: false, code: 'SDK_PDP_UNAVAILABLE', detail: String(cause) };
  }
  const reply = core.authzen.apply(batch.count, status, body);
  if (reply.code !== 'ALLOWED') {
    return { ok: false, code: reply.code, detail: `the policy endpoint answered ${status}` };
  }
  return { ok: true, permits: split(manifests, reply.decisions) };
}

// Manifest order, routes before widgets: as the core built the batch.
function split(manifests: readonly PluginManifest[], decisions: readonly boolean[]): readonly Permits[] {
  let next = 0;
  const take = (count: number): boolean[] => Array.from({ length: count }, () => decisions[next++] === true);
  return manifests.map((manifest) => ({
    routes: take(manifest.contributions?.routes?.length ?? 0),
    widgets: take(manifest.contributions?.widgets?.length ?? 0),
  }));
}
