// React is shared: what another plugin can find in it of the victim, in both forms of a bundle, and of the host.
const family = 'React';
const safe = (tier, stoppedBy) => ({ family, tier, expected: 'stopped', stoppedBy });
const open = { family, tier: 3, expected: 'not stopped', stoppedBy: 'sandbox: a separate realm' };

/** Loads the digger, installs its trap, shows the victim, and searches. */
const dig =
  (name, { trap = null, id = 'victim', aim = 'sdk' } = {}) =>
  async (lab) => {
    const mark = lab.mark();
    const page = await lab.hostile('digger');
    if (trap !== null) await lab.attack(page, trap);
    await lab.go(page, `/${id}`);
    const listed = () =>
      lab.bff.log.split('\n').filter((line) => line.includes('"path":"/api/plugins/manifests"')).length;
    const before = listed();
    const found = await lab.attack(page, name, { id, aim, vault: `/api/vault/${mark}` });
    await page.context().close();
    const call = lab.reached(mark)[0];
    const asHost = aim === 'host' && listed() > before && found.endsWith('200');
    if (call !== undefined) return { stopped: false, seen: `called as ${call.headers['x-plugin-id']} by ${found}` };
    return { stopped: !asHost, seen: asHost ? 'called as the host' : found };
  };

const FACTORY = 'the function form';
const RECORD = 'the record form';

export const react = [
  {
    id: 'react-fibers-function',
    title: `fibers, for the sdk of ${FACTORY}`,
    ...safe(2, 'it is in no prop and no context'),
    run: dig('fibers'),
  },
  {
    id: 'react-fibers-record',
    title: `fibers, for the sdk of ${RECORD}`,
    ...open,
    run: dig('fibers', { id: 'victim-record' }),
  },
  { id: 'react-fibers-host', title: 'fibers, for the host', ...open, run: dig('fibers', { aim: 'host' }) },
  {
    id: 'react-context',
    title: "the sdk's context, outside of a render",
    ...safe(2, 'it has a value only while the victim renders'),
    run: dig('context', { id: 'victim-record' }),
  },
  {
    id: 'react-hooks-function',
    title: `React's dispatcher, for the sdk of ${FACTORY}`,
    ...safe(2, 'it is in no hook'),
    run: dig('seen', { trap: 'dispatcher' }),
  },
  {
    id: 'react-hooks-record',
    title: `React's dispatcher, for the sdk of ${RECORD}`,
    ...open,
    run: dig('seen', { trap: 'dispatcher', id: 'victim-record' }),
  },
  {
    id: 'react-hooks-host',
    title: "React's dispatcher, for the host",
    ...open,
    run: dig('seen', { trap: 'dispatcher', aim: 'host' }),
  },
  {
    id: 'react-devtools',
    title: 'the DevTools hook',
    ...safe(1, 'React looks for it once, before any plugin runs'),
    run: dig('seen', { trap: 'devtools', id: 'victim-record' }),
  },
  {
    id: 'react-peers-function',
    title: `patched objects of shared modules (\`React.createElement\`, ...), for the sdk of ${FACTORY}`,
    ...safe(2, 'it is passed to no React function'),
    run: dig('seen', { trap: 'peers' }),
  },
  {
    id: 'react-peers-record',
    title: `the same, for the sdk of ${RECORD}`,
    ...open,
    run: dig('seen', { trap: 'peers', id: 'victim-record' }),
  },
];
