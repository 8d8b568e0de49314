// A plugin that uses its own sdk to impersonate another, or to call what its manifest does not allow.
const family = 'its own sdk';
const tier = { family, tier: 1, expected: 'stopped' };
const LIAR = 'liar';

/** The upstream's record: every call must be the plugin's own, and allowed by its manifest. */
const honest = (name) => async (lab) => {
  const mark = lab.mark();
  const page = await lab.shared(LIAR);
  await lab.attack(page, name, { mark, own: `/api/own/${mark}`, vault: `/api/vault/${mark}` });
  const calls = lab.reached(mark);
  const odd = calls.find(
    ({ method, target, headers }) =>
      headers['x-plugin-id'] !== LIAR ||
      !target.startsWith('/api/own/') ||
      !['GET', 'POST'].includes(method) ||
      Object.keys(headers).some((header) => /^x-(http-method|method-override|original-url|rewrite)/.test(header)),
  );
  if (odd === undefined) return { stopped: true, seen: `${calls.length} calls, all its own` };
  return { stopped: false, seen: `${odd.method} ${odd.target} as ${odd.headers['x-plugin-id']}` };
};

async function reach(lab) {
  const found = await lab.attack(await lab.shared(LIAR), 'reach');
  return { stopped: found === 0, seen: `${found} objects of others` };
}

const attack = (id, title, name, stoppedBy) => ({ id: `own-${id}`, title, ...tier, stoppedBy, run: honest(name) });

export const identity = [
  attack('id', "another plugin's id in the headers of a call", 'headers', 'the sdk sets its own last'),
  attack('frozen', 'a frozen options bag', 'frozen', 'only listed options are read'),
  attack(
    'extra',
    'options that are not listed (`redirect`, `mode`, `pluginId`)',
    'extra',
    'only listed options are read',
  ),
  attack('proxied', 'a proxied options bag that answers differently each time', 'proxied', 'each option is read once'),
  attack(
    'changing-headers',
    'headers that change while they are read',
    'changingHeaders',
    'they are read once, and the identity is set last',
  ),
  attack(
    'changing-path',
    'a URL that changes while it is read',
    'changingPath',
    'it is read once, and the judged value is sent',
  ),
  attack('paths', 'nine path tricks', 'paths', 'the canonical path is judged, on both sides'),
  attack('redirect', 'an upstream that redirects to the vault', 'redirect', 'redirects are not followed'),
  attack('override', 'method and address overrides in headers', 'override', 'the sdk and the server drop them'),
  attack(
    'object',
    'writing to the sdk object, its prototypes, its `this`',
    'object',
    'frozen, closures instead of fields',
  ),
  {
    id: 'own-reach',
    title: 'everything reachable from the sdk object',
    ...tier,
    stoppedBy: 'closures instead of fields',
    run: reach,
  },
];
