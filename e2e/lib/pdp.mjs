// The embedded PDP on its own listener.
import { startLab } from './lab.mjs';
import { exchange, requestBytes } from './raw_http.mjs';

export const EVALUATION = '/access/v1/evaluation';
export const EVALUATIONS = '/access/v1/evaluations';
export const METADATA = '/.well-known/authzen-configuration';

/** A server with its own PDP port; `post` sends a value as JSON, or a text unchanged. */
export async function startPdp(policy) {
  const lab = await startLab({
    files: { 'plugins.yaml': { tenants: { localhost: [] } }, 'policy.yaml': policy },
    args: ['--pdp-port', '0'],
  });
  const { host, port } = new URL(lab.bff.pdpUrl);
  const send = ({ headers = {}, ...rest }) =>
    exchange(Number(port), requestBytes({ ...rest, headers: { Host: host, ...headers } }));
  const post = (target, body, headers = {}) =>
    send({
      method: 'POST',
      target,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { lab, send, post };
}
