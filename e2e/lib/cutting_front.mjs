// A TCP front that cuts a browser's kept connections after their request has reached the server and was answered.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export async function cuttingFront(port) {
  const sockets = new Set();
  /** Request targets to cut, with the remaining count. */
  const cuts = new Map();
  let made = 0;
  const server = createServer((client) => {
    const back = connect({ port, host: '127.0.0.1' });
    let cut = false;
    let used = false;
    const end = () => {
      client.destroy();
      back.destroy();
    };
    for (const side of [client, back]) {
      sockets.add(side);
      side.on('error', end);
      side.on('close', () => {
        sockets.delete(side);
        end();
      });
    }
    client.on('data', (bytes) => {
      const [, target] = /^[A-Z]+ (\S+) HTTP/.exec(bytes.toString('latin1')) ?? [];
      const left = cuts.get(target) ?? 0;
      // A browser repeats by itself only what it sent on a connection that had worked before.
      if (left > 0 && used) {
        cuts.set(target, left - 1);
        cut = true;
      }
      back.write(bytes);
    });
    back.on('data', (bytes) => {
      used = true;
      if (!cut) return client.write(bytes);
      made += 1;
      client.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${server.address().port}`,
    cut: (target, times = 1) => cuts.set(target, times),
    /** How many connections were cut. */
    made: () => made,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}
