// What Node's own HTTP server costs: the same JSON to everybody, with no rule and no header more than it needs.
import { once } from 'node:events';
import { createServer } from 'node:http';

const json = process.argv[2];
const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(json)) };
const server = createServer({ keepAliveTimeout: 600_000 }, (_request, response) => {
  response.writeHead(200, headers);
  response.end(json);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
