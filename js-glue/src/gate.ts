import type { AuthzenBatch, Core, PolicyHandle } from './core/index.js';
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

/** How many batches are on their way at once: HTTP/1.1 gives the page six connections, for everything. */
const BATCHES_AT_ONCE = 3;

/**
 * Asks the policy about every contribution of every manifest before anything is mounted: in one
 * batch, or in as many as the core says for so many contributions. The core builds them and reads
 * the replies; what it does not understand permits nothing. Not ok means that the policy could not
 * be asked, which is no denial and worth a retry.
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
  const batches = core.authzen.batches(policies, session.subject);
  const answers: Answer[] = [];
  for (let next = 0; next < batches.length; next += BATCHES_AT_ONCE) {
    const some = batches.slice(next, next + BATCHES_AT_ONCE);
    answers.push(...(await Promise.all(some.map((batch) => askBatch(core, transport, batch, signal)))));
    const failed = answers.find((answer) => !answer.ok);
    if (failed !== undefined && !failed.ok) return failed;
  }
  return {
    ok: true,
    permits: split(
      manifests,
      answers.flatMap((answer) => (answer.ok ? answer.decisions : [])),
    ),
  };
}

type Answer =
  | { readonly ok: true; readonly decisions: readonly boolean[] }
  | { readonly ok: false; readonly code: Code; readonly detail: string };

async function askBatch(core: Core, transport: Transport, batch: AuthzenBatch, signal: AbortSignal): Promise<Answer> {
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
  if (reply.code === 'ALLOWED') return { ok: true, decisions: reply.decisions };
  return { ok: false, code: reply.code, detail: `the policy endpoint answered ${status}` };
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
