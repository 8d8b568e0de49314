// Compiling many plugins' rules, each contender in a process of its own: time, and memory that stays.
//   node --expose-gc bench/loading.mjs CONTENDER PLUGINS
import { fileURLToPath } from 'node:url';
import { openCore } from './core.mjs';
import { compileFindMyWay, compileOurs, compilePathToRegexp, manifestsOf, rulesOfAll } from './decide.mjs';

export const CONTENDERS = ['portcullis', 'find-my-way', 'path-to-regexp'];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, plugins] = [process.argv[2], Number(process.argv[3])];
  const { core } = await openCore();
  const [prepare, compile] = {
    portcullis: [manifestsOf, (manifests) => compileOurs(core, manifests)],
    'find-my-way': [rulesOfAll, compileFindMyWay],
    'path-to-regexp': [rulesOfAll, compilePathToRegexp],
  }[name];
  const given = prepare(Number(plugins));
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const kept = compile(given);
  const ms = performance.now() - started;
  globalThis.gc();
  console.log(JSON.stringify({ ms, bytes: process.memoryUsage().rss - before, kept: kept.length }));
}
