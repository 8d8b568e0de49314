// ns per decision, from a raw path to the verdict, for 1, 100 and 10,000 plugins of 20 templates.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { match } from 'path-to-regexp';
import { measure } from './measure.mjs';
import { normalise } from './normalise.mjs';
import { callsOf, manifestOf, rulesOf } from './workload.mjs';

const createRouter = createRequire(import.meta.url)('find-my-way');

/** Each contender's input, prepared before the clock starts: a manifest as received, or the rules. */
export const manifestsOf = (plugins) =>
  Array.from({ length: plugins }, (_, plugin) => JSON.stringify(manifestOf(plugin)));
export const rulesOfAll = (plugins) => Array.from({ length: plugins }, (_, plugin) => rulesOf(plugin));

export const compileOurs = (core, manifests) =>
  manifests.map((manifest) => {
    const compiled = core.compile(manifest);
    assert.ok(compiled.ok, JSON.stringify(compiled.problems));
    return compiled.policy;
  });

export const compileFindMyWay = (rules) =>
  rules.map((each) => {
    const router = createRouter({ caseSensitive: true });
    for (const { method, path } of each) router.on(method, path, () => {});
    return router;
  });

export const compilePathToRegexp = (rules) =>
  rules.map((each) => {
    const byMethod = { GET: [], POST: [] };
    for (const { method, path } of each) {
      const matches = match(path.replace(/\*$/, '*rest'), { sensitive: true, trailing: false, decode: false });
      byMethod[method].push(matches);
    }
    return byMethod;
  });

/** @returns the time of each contender in ns, by name */
export function benchDecide(core, module, plugins, normalised) {
  const calls = callsOf(plugins, normalised);
  const rules = rulesOfAll(plugins);
  const policies = compileOurs(core, manifestsOf(plugins));
  const routers = compileFindMyWay(rules);
  const regexps = compilePathToRegexp(rules);
  const { memory } = module;
  const ask = {
    portcullis: ({ plugin, method, target }) => policies[plugin].check(method, target).allowed,
    'find-my-way': ({ plugin, method, target }) => {
      const path = normalise(target);
      return path !== null && routers[plugin].find(method, path) !== null;
    },
    'path-to-regexp': ({ plugin, method, target }) => {
      const path = normalise(target);
      return path !== null && regexps[plugin][method].some((matches) => matches(path) !== false);
    },
    // An export that copies the string in and does nothing with it: the plugin does not exist.
    'copy only': ({ target }) => module.fast.pc_check(0, 0, memory.write(target)) < 0,
  };
  for (const call of calls) {
    for (const name of ['portcullis', 'find-my-way', 'path-to-regexp']) {
      assert.equal(ask[name](call), call.allowed, `${name} ${call.method} ${call.target}`);
    }
  }
  const contenders = Object.fromEntries(
    Object.entries(ask).map(([name, decide]) => [
      name,
      () => {
        let allowed = 0;
        for (let at = 0; at < calls.length; at += 1) if (decide(calls[at])) allowed += 1;
        return allowed;
      },
    ]),
  );
  const ns = measure(contenders, { per: calls.length });
  for (const policy of policies) policy.free();
  return ns;
}
