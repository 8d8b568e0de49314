// Shared by the tests of hostile input: a client that sends any bytes and reads every response, an upstream that
// records every byte that reaches it, and a lab in which only the server is between the two.
import { connect, createServer } from 'node:net';
import { SETTINGS, startLab } from './lab.mjs';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The fields of a head, as [lower-case name, value]. */
function fieldsOf(lines) {
  return lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
}

/** Parses one chunked body at the start of `text` (latin1); null if it is not complete yet. */
function takeChunked(text) {
  let body = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return null;
    const size = Number.parseInt(text.slice(at, end), 16);
    const next = end + 2 + size + 2;
    if (Number.isNaN(size)) throw new Error(`no chunk size: ${text.slice(at, end)}`);
    if (size === 0) {
      const trailers = text.slice(end);
      const last = trailers.indexOf('\r\n\r\n');
      return last < 0 ? null : { body, used: end + last + 4, trailers: trailers.slice(2, last + 2) };
    }
    if (text.length < next) return null;
    body += text.slice(end + 2, end + 2 + size);
    at = next;
  }
}

/** Parses one message at the start of `text`; null if it is not complete yet. `bodiless`: a response to HEAD. */
function takeMessage(text, { bodiless = false, ended = false } = {}) {
  const split = text.indexOf('\r\n\r\n');
  if (split < 0) return null;
  const [first, ...lines] = text.slice(0, split).split('\r\n');
  const fields = fieldsOf(lines);
  const headers = {};
  for (const [name, value] of fields) headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  const message = { first, headers, fields, head: text.slice(0, split + 4), body: '', trailers: '' };
  const rest = text.slice(split + 4);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  if (bodiless || status === 204 || status === 304 || (status >= 100 && status < 200)) {
    return { message, rest };
  }
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) {
    const taken = takeChunked(rest);
    if (!taken) return null;
    return { message: { ...message, body: taken.body, trailers: taken.trailers }, rest: rest.slice(taken.used) };
  }
  if (status && headers['content-length'] === undefined) {
    return ended ? { message: { ...message, body: rest }, rest: '' } : null;
  }
  const length = Number(headers['content-length'] ?? 0);
  return rest.length < length
    ? null
    : { message: { ...message, body: rest.slice(0, length) }, rest: rest.slice(length) };
}

/**
 * Sends `bytes` and reads until the connection ends, or until `count` responses have arrived. `half` closes our side
 * once everything is sent. The responses' bodies are latin1; `rest` is what is not a complete response.
 */
export function converse(port, bytes, { count = Infinity, half = false, timeoutMs = 10_000 } = {}) {
  const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1');
  const heads = text.subarray(0, 5).toString('latin1') === 'HEAD ';
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answers = [];
    let rest = '';
    const read = (ended) => {
      for (;;) {
        const taken = takeMessage(rest, { bodiless: heads && answers.length === 0, ended });
        if (!taken) return;
        rest = taken.rest;
        const { first, headers, head, body } = taken.message;
        answers.push({ status: Number(first.split(' ')[1]), headers, head, body });
      }
    };
    const finish = (closed) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers, statuses: answers.map(({ status }) => status), rest, closed });
    };
    const timer = setTimeout(() => {
      socket.destroy();
      const said = JSON.stringify(text.toString('latin1').slice(0, 200));
      reject(new Error(`neither answered nor closed in time: ${said}, got ${JSON.stringify(rest)}`));
    }, timeoutMs);
    socket.on('connect', () => (half ? socket.end(text) : socket.write(text)));
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      read(false);
      if (answers.length >= count) finish(false);
    });
    socket.on('error', () => {}); // a reset counts as a close; 'close' follows
    socket.on('close', () => {
      read(true);
      finish(true);
    });
  });
}

/**
 * An upstream on a raw socket. `bytes()` is everything that ever reached it, `requests` what it parsed from that;
 * bytes that do not belong to a complete request stay in `rest()`. `answer(request)` returns the bytes of a response.
 */
export async function rawUpstream({ answer } = {}) {
  const requests = [];
  const connections = new Set();
  let all = '';
  const usual = ({ target, body }) => {
    const text = JSON.stringify({ target, body });
    return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  };
  const server = createServer((socket) => {
    const connection = { socket, text: '' };
    connections.add(connection);
    socket.on('error', () => {});
    connection.ended = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (chunk) => {
      all += chunk.toString('latin1');
      connection.text += chunk.toString('latin1');
      for (;;) {
        const taken = takeMessage(connection.text);
        if (!taken) return;
        connection.text = taken.rest;
        const [method, target, version] = taken.message.first.split(' ');
        const request = { method, target, version, ...taken.message };
        requests.push(request);
        const text = (answer ?? usual)(request);
        const [head] = text.split('\r\n\r\n');
        socket.write(method === 'HEAD' && !answer ? `${head}\r\n\r\n` : text, 'latin1');
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    bytes: () => all,
    rest: () => [...connections].map(({ text }) => text).join(''),
    targets: () => requests.map(({ target }) => target),
    /** Resolves when every connection with a partial request is closed, so that it can never become complete. */
    brokenOff: (timeoutMs = 5000) => {
      const parts = [...connections].filter(({ text }) => text);
      const late = new Promise((_, reject) => {
        setTimeout(() => reject(new Error(`still open: ${parts.map(({ text }) => text)}`)), timeoutMs).unref();
      });
      return Promise.race([Promise.all(parts.map(({ ended }) => ended)), late]);
    },
    forget: () => {
      requests.length = 0;
      all = '';
      for (const connection of connections) connection.text = '';
    },
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      for (const { socket } of connections) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The plugin of the hostile labs: allowed everything below /api/app, and nothing else. */
export const plugin = (id, extra = {}) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  permissions: { api: METHODS.filter((m) => m !== 'HEAD').map((method) => ({ method, path: '/api/app/*' })), sse: [] },
  ...extra,
});

/** A lab with the plugins `app` and `other`; /api/app/* and /api/secret/* are routed to the upstream. */
export async function hostileLab({ upstream, routes = [], settings = {}, files = {}, ...rest }) {
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, ...settings },
      'plugins.yaml': { tenants: { localhost: [plugin('app'), plugin('other')], 'acme.localhost': [plugin('acme')] } },
      'routes.yaml': {
        upstreams: { app: { url: upstream.url } },
        routes: [
          { path: '/api/app/*', methods: METHODS, upstream: 'app' },
          { path: '/api/secret/*', methods: METHODS, upstream: 'app' },
          ...routes,
        ],
      },
      ...files,
    },
    ...rest,
  });
  const host = `localhost:${lab.port}`;
  const session = await lab.login('viewer');
  /** The header lines of an allowed plugin call, each with its line end. */
  const credentials = [
    `Cookie: ${session.cookie}`,
    `Origin: http://${host}`,
    `X-CSRF-Token: ${session.csrf}`,
    'X-Plugin-Id: app',
    '',
  ].join('\r\n');
  return { ...lab, host, session, credentials };
}
