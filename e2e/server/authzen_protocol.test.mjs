// The rules of the AuthZEN 1.0 protocol, one by one, against the embedded PDP on its own listener.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SETTINGS } from '../lib/lab.mjs';
import { EVALUATION, EVALUATIONS, METADATA, startPdp } from '../lib/pdp.mjs';
import { exchange, requestBytes } from '../lib/raw_http.mjs';

const POLICY = {
  subjects: [{ type: 'user', id: 'ann', roles: ['editor'] }],
  rules: [
    { id: 'editors', effect: 'permit', subject: { roles: ['editor'] }, action: ['read', 'write'] },
    {
      id: 'office',
      effect: 'deny',
      action: ['write'],
      when: [{ path: 'context.place', equals: 'abroad' }],
    },
    { id: 'secret', effect: 'deny', resource: { type: ['secret'] } },
  ],
};
const ann = { type: 'user', id: 'ann' };
const bob = { type: 'user', id: 'bob' };
const read = { name: 'read' };
const write = { name: 'write' };
const page = { type: 'page', id: '1' };
const secret = { type: 'secret', id: '1' };
const whole = { subject: ann, action: read, resource: page };

let pdp;
before(async () => {
  pdp = await startPdp(POLICY);
});
after(() => pdp?.lab.stop());

const decisions = async (request) => {
  const answer = await pdp.post(EVALUATIONS, request);
  assert.equal(answer.status, 200, answer.text);
  return answer.json().evaluations.map(({ decision }) => decision);
};

test('takes the subject of a single evaluation from the request', async () => {
  const answer = await pdp.post(EVALUATION, whole);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.deepEqual(answer.json(), { decision: true });
  assert.deepEqual((await pdp.post(EVALUATION, { ...whole, subject: bob })).json(), { decision: false });
  // Roles claimed in a request are ignored.
  const claimed = { ...bob, roles: ['editor'], properties: { roles: ['editor'] } };
  assert.deepEqual((await pdp.post(EVALUATION, { ...whole, subject: claimed })).json(), { decision: false });
});

test('lets a batch entry override each of the four defaults', async () => {
  const context = { place: 'abroad' };
  const rows = [
    [{ ...whole, evaluations: [{}, {}] }, [true, true]],
    [
      { ...whole, evaluations: [{ subject: bob }, { resource: secret }, { action: { name: 'burn' } }, {}] },
      [false, false, false, true],
    ],
    [{ subject: ann, action: read, evaluations: [{ resource: page }, { resource: secret }] }, [true, false]],
    [{ action: read, resource: page, evaluations: [{ subject: ann }, { subject: bob }] }, [true, false]],
    [{ subject: ann, resource: page, evaluations: [{ action: read }, { action: { name: 'burn' } }] }, [true, false]],
    // Context: the default, none, and an own one, which replaces the default without being merged into it.
    [
      { ...whole, action: write, context, evaluations: [{}, { context: {} }, { context: { place: 'home' } }] },
      [false, true, true],
    ],
    [{ ...whole, action: write, evaluations: [{ context }, {}] }, [false, true]],
    // Without any defaults.
    [{ evaluations: [whole, { ...whole, subject: bob }] }, [true, false]],
  ];
  for (const [request, expected] of rows) {
    assert.deepEqual(await decisions(request), expected, JSON.stringify(request));
  }
});

test('replaces an overridden part as a whole, without merging in the default', async () => {
  const answer = await pdp.post(EVALUATIONS, { ...whole, evaluations: [{ resource: { type: 'page' } }, {}] });
  assert.equal(answer.status, 200);
  const [first, second] = answer.json().evaluations;
  assert.equal(first.decision, false);
  assert.equal(first.context.error.status, 400);
  assert.match(first.context.error.message, /resource\.id/);
  assert.deepEqual(second, { decision: true });
});

test('applies evaluations_semantic: all, up to the first denial, up to the first permit', async () => {
  const [yes, no] = [{ resource: page }, { resource: secret }];
  const batch = (evaluations, options) => ({
    subject: ann,
    action: read,
    evaluations,
    ...(options ? { options } : {}),
  });
  const rows = [
    [undefined, [yes, no, yes], [true, false, true]],
    [{}, [yes, no, yes], [true, false, true]],
    [{ another_option: 1 }, [yes, no, yes], [true, false, true]],
    [{ evaluations_semantic: 'execute_all' }, [yes, no, yes], [true, false, true]],
    [{ evaluations_semantic: 'deny_on_first_deny' }, [yes, no, yes], [true, false]],
    [{ evaluations_semantic: 'deny_on_first_deny' }, [yes, yes], [true, true]],
    [{ evaluations_semantic: 'permit_on_first_permit' }, [no, yes, no], [false, true]],
    [{ evaluations_semantic: 'permit_on_first_permit' }, [no, no], [false, false]],
    // An evaluation that cannot be judged is a denial, and ends a batch like one.
    [{ evaluations_semantic: 'deny_on_first_deny' }, [yes, {}, yes], [true, false]],
    [{ evaluations_semantic: 'permit_on_first_permit' }, [{}, yes, yes], [false, true]],
  ];
  for (const [options, evaluations, expected] of rows) {
    assert.deepEqual(await decisions(batch(evaluations, options)), expected, JSON.stringify([options, evaluations]));
  }
});

test('treats an empty batch as the single form', async () => {
  for (const none of [{}, { evaluations: [] }, { evaluations: [], options: { evaluations_semantic: 'execute_all' } }]) {
    assert.deepEqual((await pdp.post(EVALUATIONS, { ...whole, ...none })).json(), { decision: true });
    assert.deepEqual((await pdp.post(EVALUATIONS, { ...whole, subject: bob, ...none })).json(), { decision: false });
  }
  assert.equal((await pdp.post(EVALUATIONS, { evaluations: [] })).json().code, 'JSON_WRONG_SHAPE');
  // The single form has no list: the parts at the top level are the question.
  const listed = { ...whole, evaluations: [{ subject: bob }] };
  assert.deepEqual((await pdp.post(EVALUATION, listed)).json(), { decision: true });
});

const without = (key) => Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key));
const MALFORMED = [
  ...['subject', 'action', 'resource'].map((key) => [`no ${key}`, without(key)]),
  ...['type', 'id'].flatMap((key) =>
    ['subject', 'resource'].flatMap((part) => [
      [`${part} without ${key}`, { ...whole, [part]: { ...whole[part], [key]: undefined } }],
      [`${part}.${key} is a number`, { ...whole, [part]: { ...whole[part], [key]: 7 } }],
      [`${part}.${key} is empty`, { ...whole, [part]: { ...whole[part], [key]: '' } }],
    ]),
  ),
  ['action without a name', { ...whole, action: {} }],
  ['action.name is a list', { ...whole, action: { name: ['read'] } }],
  ['subject is a text', { ...whole, subject: 'ann' }],
  ['resource is a list', { ...whole, resource: [page] }],
  ['action is null', { ...whole, action: null }],
  ['context is a text', { ...whole, context: 'abroad' }],
  ['properties are a list', { ...whole, resource: { ...page, properties: [] } }],
  ['a list for the request', [whole]],
  ['null for the request', null],
];
const BROKEN = [
  ['nothing', '', 'JSON_SYNTAX'],
  ['half of it', '{"subject":', 'JSON_SYNTAX'],
  ['something behind it', `${JSON.stringify(whole)}}`, 'JSON_SYNTAX'],
  ['a comment', `/* */${JSON.stringify(whole)}`, 'JSON_SYNTAX'],
  ['a final comma', '{"subject":{"type":"user","id":"ann",}}', 'JSON_SYNTAX'],
  ['two subjects', `{"subject":{"type":"user","id":"bob"},${JSON.stringify(whole).slice(1)}`, 'JSON_DUPLICATE_KEY'],
  ['a deep nest', `{"context":${'['.repeat(40)}${']'.repeat(40)}}`, 'JSON_TOO_DEEP'],
];
const refused = (answer, status, code, what) => {
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.equal(answer.headers['content-type'], 'application/problem+json', what);
  const problem = answer.json();
  assert.equal(problem.code, code, what);
  assert.equal(problem.request_id, answer.headers['x-request-id'], what);
  assert.ok(!('decision' in problem) && !('evaluations' in problem), what);
};

test('answers a malformed request with 400, a code and no decision, in both forms', async () => {
  for (const target of [EVALUATION, EVALUATIONS]) {
    for (const [what, request] of MALFORMED) {
      refused(await pdp.post(target, request), 400, 'JSON_WRONG_SHAPE', `${target}: ${what}`);
    }
    for (const [what, text, code] of BROKEN) refused(await pdp.post(target, text), 400, code, `${target}: ${what}`);
  }
});

test('answers a malformed batch with 400', async () => {
  const rows = [
    ['evaluations is an object', { ...whole, evaluations: {} }],
    ['evaluations is null', { ...whole, evaluations: null }],
    ['a default of the wrong type', { ...whole, subject: 'ann', evaluations: [{ subject: ann }] }],
    ['options is a list', { ...whole, evaluations: [{}], options: [] }],
    ['an unknown semantic', { ...whole, evaluations: [{}], options: { evaluations_semantic: 'first' } }],
    ['a semantic that is not a string', { ...whole, evaluations: [{}], options: { evaluations_semantic: 1 } }],
  ];
  for (const [what, request] of rows) refused(await pdp.post(EVALUATIONS, request), 400, 'JSON_WRONG_SHAPE', what);
});

test('denies one malformed evaluation with a reason and answers the others', async () => {
  const entries = [{}, 'text', null, 7, { subject: 'ann' }, { context: [] }, { action: { name: '' } }, {}];
  const answer = await pdp.post(EVALUATIONS, { ...whole, evaluations: entries });
  assert.equal(answer.status, 200);
  const { evaluations } = answer.json();
  assert.equal(evaluations.length, entries.length);
  for (const [at, { decision, context }] of evaluations.entries()) {
    const good = at === 0 || at === entries.length - 1;
    assert.equal(decision, good, String(at));
    assert.equal(context?.error.status, good ? undefined : 400, String(at));
  }
});

test('rejects more than 4,096 evaluations with 400 and more than 1 MiB unread with 413', async () => {
  const batch = (count) => ({ ...whole, evaluations: Array(count).fill({}) });
  assert.equal((await decisions(batch(4096))).length, 4096);
  refused(await pdp.post(EVALUATIONS, batch(4097)), 400, 'JSON_TOO_LARGE', 'entries');
  const padded = { ...whole, context: { text: 'x'.repeat(1024 * 1024) } };
  const answer = await pdp.post(EVALUATION, padded);
  assert.equal(answer.status, 413);
});

test('accepts only JSON', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
    const answer = await pdp.post(EVALUATION, whole, { 'Content-Type': type });
    refused(answer, 400, 'MEDIA_TYPE_UNSUPPORTED', type);
  }
  const parameter = await pdp.post(EVALUATION, whole, { 'Content-Type': 'application/json; charset=utf-8' });
  assert.deepEqual(parameter.json(), { decision: true });
});

test('accepts only POST to the two endpoints and GET to the metadata', async () => {
  for (const target of [EVALUATION, EVALUATIONS]) {
    const answer = await pdp.send({ target });
    refused(answer, 405, 'METHOD_NOT_ALLOWED', target);
    assert.equal(answer.headers.allow, 'POST');
  }
  const posted = await pdp.post(METADATA, {});
  refused(posted, 405, 'METHOD_NOT_ALLOWED', METADATA);
  assert.equal(posted.headers.allow, 'GET, HEAD');
  for (const target of ['/access/v1/search/subject', '/access/v1/evaluation/', '/api/plugins/manifests', '/']) {
    refused(await pdp.post(target, whole), 404, 'ROUTE_NOT_FOUND', target);
  }
});

test('returns X-Request-ID in every response, generated if absent', async () => {
  const id = 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716';
  const headers = { 'X-Request-ID': id };
  const odd = 'urn:req/{1}+2=3~a@b;c,d!';
  assert.equal((await pdp.post(EVALUATION, whole, { 'X-Request-ID': odd })).headers['x-request-id'], odd);
  const answers = [
    await pdp.post(EVALUATION, whole, headers),
    await pdp.post(EVALUATIONS, { ...whole, evaluations: [{}] }, headers),
    await pdp.post(EVALUATION, '{', headers),
    await pdp.post(EVALUATION, whole, { ...headers, 'Content-Type': 'text/plain' }),
    await pdp.send({ target: METADATA, headers }),
    await pdp.send({ target: '/nothing', headers }),
  ];
  for (const answer of answers) assert.equal(answer.headers['x-request-id'], id, answer.text);
  const [one, two] = [await pdp.post(EVALUATION, whole), await pdp.post(EVALUATION, whole)];
  assert.ok(one.headers['x-request-id']);
  assert.notEqual(one.headers['x-request-id'], two.headers['x-request-id']);
});

test('names working endpoints in the metadata', async () => {
  const answer = await pdp.send({ target: METADATA });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  const base = pdp.lab.bff.pdpUrl;
  const metadata = answer.json();
  assert.deepEqual(metadata, {
    policy_decision_point: base,
    access_evaluation_endpoint: base + EVALUATION,
    access_evaluations_endpoint: base + EVALUATIONS,
  });
  const post = async (url, request) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
    });
    return response.json();
  };
  assert.deepEqual(await post(metadata.access_evaluation_endpoint, whole), { decision: true });
  assert.deepEqual(await post(metadata.access_evaluations_endpoint, { ...whole, evaluations: [{}] }), {
    evaluations: [{ decision: true }],
  });
});

test('names the requested address in the metadata, as a PEP requires', async () => {
  const at = async (headers) => (await pdp.send({ target: METADATA, headers })).json();
  const named = await at({ Host: 'pdp.example:9200' });
  assert.equal(named.policy_decision_point, 'http://pdp.example:9200');
  assert.equal(named.access_evaluation_endpoint, `http://pdp.example:9200${EVALUATION}`);
  assert.equal(named.access_evaluations_endpoint, `http://pdp.example:9200${EVALUATIONS}`);
  // Behind TLS only if settings.yaml names the proxy.
  const forwarded = { Host: 'pdp.example', 'X-Forwarded-Proto': 'https' };
  assert.equal((await at(forwarded)).policy_decision_point, 'http://pdp.example');
  pdp.lab.write('settings.yaml', { ...SETTINGS, trusted_proxies: ['127.0.0.0/8'] });
  const operator = await pdp.lab.login('operator');
  assert.equal((await pdp.lab.send({ method: 'POST', target: '/api/plugins/refresh', session: operator })).status, 200);
  assert.equal((await at(forwarded)).policy_decision_point, 'https://pdp.example');
  // An invalid host is not repeated.
  assert.equal((await at({ Host: 'a"b' })).policy_decision_point, pdp.lab.bff.pdpUrl);
});

test('keeps a connection for the next question', async () => {
  const { host, port } = new URL(pdp.lab.bff.pdpUrl);
  const asked = (request) =>
    requestBytes({
      method: 'POST',
      target: EVALUATION,
      headers: { Host: host, 'Content-Type': 'application/json' },
      body: JSON.stringify(request),
    });
  // Two requests in one write; the second closes the connection.
  const keep = Buffer.from(asked(whole).toString().replace('Connection: close', 'Connection: keep-alive'));
  const { text } = await exchange(Number(port), Buffer.concat([keep, asked({ ...whole, subject: bob })]));
  assert.match(text, /^\{"decision":true\}HTTP\/1\.1 200 [\s\S]*\{"decision":false\}$/);
});
