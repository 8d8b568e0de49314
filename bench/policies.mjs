// The same rules in two policy engines, Cedar and Casbin: one plugin's call among those of `plugins`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { newEnforcer, newModelFromString } from 'casbin';
import { measure } from './measure.mjs';
import { normalise } from './normalise.mjs';
import { callsOf, rulesOf } from './workload.mjs';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs');

const MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.act == p.act && keyMatch2(r.obj, p.obj)
`;

/** Cedar has no path templates: ':name' and '*' both become its `like` wildcard. */
const like = (path) => path.replaceAll(/:[^/]+/g, '*');

export async function benchPolicies(policies, plugins) {
  const calls = callsOf(plugins, true).slice(0, 64);
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  const statements = [];
  for (let plugin = 0; plugin < plugins; plugin += 1) {
    for (const { method, path } of rulesOf(plugin)) {
      await enforcer.addPolicy(`plugin-${plugin}`, path, method);
      statements.push(
        `permit(principal == Plugin::"plugin-${plugin}", action == Action::"${method}", resource) when { context.path like "${like(path)}" };`,
      );
    }
  }
  const parsed = cedar.preparsePolicySet(`bench-${plugins}`, { staticPolicies: statements.join('\n') });
  assert.equal(parsed.type, 'success', JSON.stringify(parsed));
  const ask = {
    portcullis: ({ plugin, method, target }) => policies[plugin].check(method, target).allowed,
    'cedar-wasm': ({ plugin, method, target }) => {
      const answer = cedar.statefulIsAuthorized({
        principal: { type: 'Plugin', id: `plugin-${plugin}` },
        action: { type: 'Action', id: method },
        resource: { type: 'Api', id: 'api' },
        context: { path: normalise(target) ?? '' },
        preparsedPolicySetId: `bench-${plugins}`,
        entities: [],
      });
      return answer.type === 'success' && answer.response.decision === 'allow';
    },
    casbin: ({ plugin, method, target }) => enforcer.enforceSync(`plugin-${plugin}`, normalise(target) ?? '', method),
  };
  for (const call of calls) {
    for (const [name, decide] of Object.entries(ask))
      assert.equal(decide(call), call.allowed, `${name} ${call.target}`);
  }
  const contenders = Object.fromEntries(
    Object.entries(ask).map(([name, decide]) => [name, () => calls.filter(decide).length]),
  );
  return measure(contenders, { per: calls.length, rounds: 7 });
}
