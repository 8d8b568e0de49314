// An AuthZEN 1.0 PDP that is not part of this project: Cedar's engine behind node:http, in its own process. Usage:
// `node cedar_pdp.mjs POLICIES [PORT]`. Prints {"event":"ready","url"} when it serves. What Cedar cannot read is
// denied or a 400.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs');
const [file, port = '0'] = process.argv.slice(2);
const parsed = cedar.preparsePolicySet('policies', { staticPolicies: readFileSync(file, 'utf8') });
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors));

// Cedar separates attributes from the identity; `id` is repeated as an attribute so that a policy can read it.
const entity = ({ type, id, properties = {} }) => ({
  uid: { type: type.replaceAll('.', '::'), id },
  attrs: { ...properties, id },
  parents: [],
});

function decide({ subject, action, resource, context = {} }) {
  const entities = [entity(subject), entity(resource)];
  const answer = cedar.statefulIsAuthorized({
    principal: entities[0].uid,
    action: { type: 'Action', id: action.name },
    resource: entities[1].uid,
    context,
    entities,
    preparsedPolicySetId: 'policies',
  });
  return { decision: answer.type === 'success' && answer.response.decision === 'allow' };
}

function answer(url, request) {
  if (url === '/access/v1/evaluation') return decide(request);
  if (url !== '/access/v1/evaluations') return null;
  const { evaluations, options, ...defaults } = request;
  if (!evaluations?.length) return decide(defaults);
  const last = { deny_on_first_deny: false, permit_on_first_permit: true }[options?.evaluations_semantic];
  const said = [];
  for (const entry of evaluations) {
    said.push(decide({ ...defaults, ...entry }));
    if (said.at(-1).decision === last) break;
  }
  return { evaluations: said };
}

const server = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    let status = 400;
    let body = null;
    try {
      body = answer(req.url, JSON.parse(Buffer.concat(chunks).toString()));
      status = body ? 200 : 404;
    } catch {}
    const id = req.headers['x-request-id'];
    res.writeHead(status, { 'Content-Type': 'application/json', ...(id ? { 'X-Request-ID': id } : {}) });
    res.end(JSON.stringify(body));
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  process.stdout.write(`${JSON.stringify({ event: 'ready', url })}\n`);
});
