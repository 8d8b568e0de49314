// React is shared: what another plugin can find in it of the victim, in both forms of a bundle, and of the host.
import { SECRET, until } from './wait.mjs';

const family = 'React';
const safe = (tier, stoppedBy) => ({ family, tier, expected: 'stopped', stoppedBy });
const open = { family, tier: 3, expected: 'not stopped', stoppedBy: 'sandbox: a separate realm' };
const BOUND = 'components are called with it; React never has it';
const HANDLE = 'React has an opaque handle';

const DIGGER = '/digger';

/**
 * Loads the digger, installs its trap, shows the victim and searches. `steps`: with what it took from the victim's
 * fibers, the digger renders something of its own first. The target was hit if a call that only the victim (or the
 * host) may make arrived exactly as the digger wrote it.
 */
const dig =
  (name, { trap = null, steps = [], id = 'victim', aim = 'sdk' } = {}) =>
  async (lab) => {
    const mark = lab.mark();
    const argument = { id, aim, mark, vault: `/api/vault/${mark}` };
    const page = await lab.hostile('digger');
    if (trap !== null) await lab.attack(page, trap);
    await lab.go(page, `/${id}`);
    for (const step of steps) {
      await lab.attack(page, 'steal', argument);
      await lab.go(page, DIGGER);
      await lab.attack(page, step, argument);
      await page.waitForTimeout(200);
    }
    const listed = () =>
      lab.bff.log.split('\n').filter((line) => line.includes('"path":"/api/plugins/manifests"')).length;
    const before = listed();
    const found = await lab.attack(page, name, argument);
    const rest = name === 'seen' || name === 'fibers' ? '' : await lab.attack(page, 'seen', argument);
    await page.context().close();
    const call = lab.reached(mark).find(({ target }) => target === argument.vault);
    const asHost = aim === 'host' && listed() > before && `${found}${rest}`.endsWith('200');
    if (call !== undefined) return { stopped: false, seen: `called as ${call.headers['x-plugin-id']}` };
    return { stopped: !asHost, seen: asHost ? 'called as the host' : `${found}${rest && `, ${rest}`}` };
  };

/** Makes the victim's component call what the digger wants, by its state. */
async function drive(lab) {
  const mark = lab.mark();
  const page = await lab.hostile('digger');
  await lab.go(page, '/victim');
  await lab.attack(page, 'drive', { id: 'victim', mark });
  const call = await until(() => lab.reached(mark)[0]);
  await page.context().close();
  return { stopped: call === null, seen: call === null ? 'no call' : `the victim called ${call.target.slice(0, 20)}` };
}

async function requery(lab) {
  const page = await lab.hostile('digger');
  await lab.go(page, '/victim');
  await page.getByText('answered').waitFor();
  const text = await lab.attack(page, 'requery', { id: 'victim' });
  await page.context().close();
  const read = text.includes(SECRET);
  return { stopped: !read, seen: read ? 'the same query again, with its answer' : text.slice(0, 40) };
}

/** The host's own page on which people try a call as a plugin: its state is set, and its button pressed. */
async function tryCall(lab) {
  const mark = lab.mark();
  const page = await lab.hostile('digger');
  await lab.attack(page, 'tryCall', { id: 'victim', vault: `/api/vault/${mark}` });
  const call = await until(() => lab.reached(mark)[0]);
  await page.context().close();
  return {
    stopped: call === null,
    seen: call === null ? 'no call' : `the host called as ${call.headers['x-plugin-id']}`,
  };
}

/** A plugin that renders a provider with its own client: whether the victim's queries go through it. */
async function provider(lab) {
  const page = await lab.hostile('digger');
  await lab.go(page, '/victim');
  await lab.attack(page, 'steal', { id: 'victim' });
  await lab.go(page, DIGGER);
  await lab.attack(page, 'provider');
  await lab.go(page, '/victim-record');
  await page.getByText(SECRET).waitFor();
  const queries = await lab.attack(page, 'queries');
  await page.context().close();
  return { stopped: queries.length === 0, seen: queries.length === 0 ? 'no query' : queries.join(' ') };
}

const FORMS = [
  ['function', 'the function form', 'victim', 'it is in no prop, context or hook'],
  ['record', 'the record form', 'victim-record', BOUND],
];
/** One attack for the sdk of each form of a bundle, and one for the host. */
const each = (name, title, run, hostToo = true) => [
  ...FORMS.map(([form, of, id, stoppedBy]) => ({
    id: `react-${name}-${form}`,
    title: `${title}, for the sdk of ${of}`,
    ...safe(2, stoppedBy),
    run: run({ id }),
  })),
  ...(hostToo
    ? [{ id: `react-${name}-host`, title: `${title}, for the host`, ...safe(2, HANDLE), run: run({ aim: 'host' }) }]
    : []),
];

export const react = [
  ...each('fibers', 'fibers', (more) => dig('fibers', more)),
  ...each('hooks', "React's dispatcher", (more) => dig('seen', { trap: 'dispatcher', ...more })),
  ...each('peers', 'patched objects of shared modules (`React.createElement`, ...)', (more) =>
    dig('seen', { trap: 'peers', ...more }),
  ),
  ...each('contexts', 'every context, in a render below stolen providers', (more) =>
    dig('seen', { steps: ['contexts'], ...more }),
  ),
  ...each(
    'components',
    "the host's components, rendered with other arguments",
    (more) => dig('seen', { steps: ['components'], ...more }),
    false,
  ),
  ...each('functions', 'every function in the fibers, called', (more) => dig('functions', more)),
  ...each(
    'call',
    "the victim's component, called under a dispatcher of the plugin's own",
    (more) => dig('call', more),
    false,
  ),
  {
    id: 'react-fibers-pages',
    title: "fibers of the host's own pages, for the host",
    ...safe(2, "the demo's components use its variable"),
    run: dig('pages', { aim: 'host' }),
  },
  {
    id: 'react-chunks',
    title: "every module of the host's build, imported, and its exports called, for the host",
    ...safe(2, 'no chunk exports it'),
    run: dig('chunks', { aim: 'host' }),
  },
  {
    id: 'react-provider',
    title: "a `PortcullisProvider` with the host's handle and a query client of its own, for the victim's queries",
    ...safe(2, "the first provider's client stays"),
    run: provider,
  },
  {
    id: 'react-devtools',
    title: 'the DevTools hook',
    ...safe(1, 'React looks for it once, before any plugin runs'),
    run: dig('seen', { trap: 'devtools', id: 'victim-record' }),
  },
  {
    id: 'react-careless',
    title: 'fibers, for an sdk that its own plugin put into a dependency list',
    ...open,
    run: dig('fibers', { id: 'victim-careless' }),
  },
  {
    id: 'react-query',
    title: "the victim's query, asked again through its observer",
    ...open,
    run: requery,
  },
  {
    id: 'react-drive',
    title: "the victim's state, set through fibers, and its button pressed",
    ...open,
    run: drive,
  },
  {
    id: 'react-try-call',
    title: 'a page of the host that makes any call as any plugin (the demo has one), driven the same way',
    ...open,
    run: tryCall,
  },
];
