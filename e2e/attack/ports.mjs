// Message ports between the page and the gate's worker: whoever holds one can call as its plugin, or as the host.
const family = 'message ports';
const stopped = (stoppedBy) => ({ family, tier: 2, expected: 'stopped', stoppedBy });
const BY_CAPTURE = 'ports are in private fields, and their methods were captured before any plugin ran';

/** Patches the page before or after the victim loads, lets it call, and calls through every port that was seen. */
const steal = (order) => async (lab) => {
  const mark = lab.mark();
  const page = await lab.hostile('porter');
  if (order === 'before') await lab.attack(page, 'patch');
  await lab.go(page, '/victim');
  if (order === 'after') await lab.attack(page, 'patch');
  await page.getByRole('button', { name: /Read my diary/ }).click();
  await page.getByText('Read my diary (1)').waitFor();
  const count = await lab.attack(page, 'use', { target: `/api/vault/${mark}` });
  const [call] = lab.reached(mark);
  await page.context().close();
  if (call === undefined) return { stopped: true, seen: `${count} ports found; nothing reached the upstream` };
  return { stopped: false, seen: `called as ${call.headers['x-plugin-id'] ?? 'the host'}` };
};

async function ownWorker(lab) {
  const mark = lab.mark();
  const page = await lab.hostile('porter');
  const outcome = await lab
    .attack(page, 'worker', { target: `/api/open/${mark}` })
    .catch((error) => error.message.split('\n')[0]);
  const reached = lab.reached(mark).length > 0;
  await page.context().close();
  return { stopped: !reached, seen: reached ? 'called as the host' : `no call (${String(outcome).slice(0, 60)})` };
}

export const ports = [
  {
    id: 'ports-before',
    title: "recorders in every method of ports, events, streams and collections, before the victim's port arrives",
    ...stopped(BY_CAPTURE),
    run: steal('before'),
  },
  {
    id: 'ports-after',
    title: 'the same, after the victim has loaded',
    ...stopped(BY_CAPTURE),
    run: steal('after'),
  },
  {
    id: 'ports-worker',
    title: "a second gate, started from the worker's own module",
    ...stopped("`trusted-types`: none after the SDK's own; without a boot token it has no key"),
    run: ownWorker,
  },
];
