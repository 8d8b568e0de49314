import type { AuthzenBatch, Core, Permits, PolicyHandle } from './core/index.js';
import type { Code } from './generated/spec.js';
import type { Session } from './host_types.js';
import type { Transport } from './transport.js';

export type PolicyAnswer =
  | { readonly ok: true; readonly permits: readonly Permits[] }
  | { readonly ok: false; readonly code: Code; readonly detail: string };

/** Limit of concurrent batches: HTTP/1.1 gives the page six connections for everything. */
const MAX_CONCURRENT_BATCHES = 3;

/**
 * Asks the policy about every contribution of every manifest before anything is mounted, in one batch, or in several
 * if the core splits them. The core builds the batches and reads the replies; a reply that it does not understand
 * permits nothing. `ok: false` means that the policy could not be asked: that is not a denial, and is worth a retry.
 * Rejects with the signal's reason when the signal aborts.
 */
export async function askPolicy(
  core: Core,
  transport: Transport,
  session: Session,
  policies: readonly PolicyHandle[],
  signal: AbortSignal,
): Promise<PolicyAnswer> {
  const { batches, permits } = core.authzen.question(policies, session.subject);
  const answers: Answer[] = [];
  for (let next = 0; next < batches.length; next += MAX_CONCURRENT_BATCHES) {
    const some = batches.slice(next, next + MAX_CONCURRENT_BATCHES);
    answers.push(...(await Promise.all(some.map((batch) => askBatch(core, transport, batch, signal)))));
    const failed = answers.find((answer) => !answer.ok);
    if (failed !== undefined && !failed.ok) return failed;
  }
  return {
    ok: true,
    permits: permits(answers.flatMap((answer) => (answer.ok ? answer.decisions : []))),
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
  return { ok: false, code: reply.code, detail: `the policy endpoint responded with ${status}` };
}
