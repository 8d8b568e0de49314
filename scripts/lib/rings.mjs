// The rings of native-host/src (ARCHITECTURE.md): includes point inward only, and there are no include cycles.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From the innermost. Each is a folder of native-host/src and a CMake target. */
export const RINGS = ['base', 'http', 'upstream', 'domain', 'enforce', 'api', 'lab', 'adapters', 'app'];

/** Problems of the include graph of `files` (paths below `folder`), one line each. */
export function checkRings(folder, files) {
  const problems = [];
  const includes = new Map();
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    includes.set(
      file,
      [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, name]) => name).filter((name) => files.includes(name)),
    );
  }
  const ringOf = (file) => file.slice(0, file.indexOf('/'));
  for (const [file, names] of includes) {
    const own = RINGS.indexOf(ringOf(file));
    if (own < 0) problems.push(`${file}: no ring is called ${ringOf(file)}; they are ${RINGS.join(', ')}`);
    for (const name of names) {
      if (RINGS.indexOf(ringOf(name)) > own) problems.push(`${file} includes ${name}: outward`);
    }
  }
  return [...problems, ...cyclesOf(includes)];
}

function cyclesOf(graph) {
  const problems = [];
  const state = new Map();
  const visit = (node, path) => {
    state.set(node, 'open');
    for (const next of graph.get(node)) {
      if (state.get(next) === 'open') {
        problems.push(`a cycle of includes: ${[...path.slice(path.indexOf(next)), next].join(' -> ')}`);
      } else if (!state.has(next)) {
        visit(next, [...path, next]);
      }
    }
    state.set(node, 'done');
  };
  for (const node of graph.keys()) if (!state.has(node)) visit(node, [node]);
  return problems;
}
