// npm run attack: runs every attack in Chromium against the real server and prints a table. Exits with 1 if a result
// is not as expected. Arguments: parts of ids; only those attacks run.
import { families } from './attacks.mjs';
import { startAttackLab } from './lab.mjs';

const AT_ONCE = 2;
const LIMIT_MS = 60_000;
const LANE = 17;
const wanted = process.argv.slice(2);
const picked = families
  .map((family) => family.filter(({ id }) => wanted.length === 0 || wanted.some((part) => id.includes(part))))
  .filter((family) => family.length > 0);

async function judge(lab, attack) {
  const started = Date.now();
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ failed: true, seen: 'did not end' }), LIMIT_MS);
  });
  const result = await Promise.race([
    attack.run(lab).catch((error) => ({ failed: true, seen: String(error.message).split('\n')[0] })),
    late,
  ]);
  clearTimeout(timer);
  // A refusal must have the recorded code, not just any.
  const code = /`((?:STAMP|PLUGIN|CSRF|BOOT)_[A-Z_]+)`/.exec(attack.stoppedBy)?.[1];
  const asWritten = attack.expected !== 'stopped' || code === undefined || result.seen.includes(code);
  const verdict = result.failed ? 'failed' : result.stopped ? 'stopped' : 'not stopped';
  return {
    ...attack,
    verdict,
    seen: result.seen,
    ms: Date.now() - started,
    good: verdict === attack.expected && asWritten,
  };
}

const lab = await startAttackLab();
const results = new Map();
const total = picked.flat().length;
// A family shares pages, so its attacks run in turn. A family whose many attacks use their own pages is split in two.
const lanes = picked.flatMap((family) =>
  family[0].id.startsWith('patched') ? [family.slice(0, LANE), family.slice(LANE)] : [family],
);
const queue = lanes.filter(({ length }) => length > 0).sort((a, b) => b.length - a.length);
const work = async () => {
  for (let family = queue.shift(); family !== undefined; family = queue.shift()) {
    for (const attack of family) {
      const result = await judge(lab, attack);
      results.set(attack.id, result);
      const mark = result.good ? '' : ' DIFFERS';
      console.error(`[${results.size}/${total}] ${attack.id}: ${result.verdict}${mark}, ${result.ms} ms`);
    }
  }
};
try {
  await Promise.all(Array.from({ length: AT_ONCE }, work));
} finally {
  await lab.stop();
}

const rows = picked.flat().map(({ id }) => results.get(id));
const width = (of) => Math.max(...rows.map((row) => of(row).length));
const columns = [(row) => row.id, (row) => `tier ${row.tier}`, (row) => row.expected, (row) => row.verdict];
const widths = columns.map(width);
console.log(`${['attack', 'tier', 'expected', 'seen'].map((name, i) => name.padEnd(widths[i])).join('  ')}`);
for (const row of rows) {
  const cells = columns.map((of, i) => of(row).padEnd(widths[i])).join('  ');
  console.log(`${cells}  ${row.good ? '' : 'DIFFERS: '}${row.seen} (${row.ms} ms)`);
}
const bad = rows.filter(({ good }) => !good);
console.log(
  `\n${rows.length} attacks, ${rows.filter(({ verdict }) => verdict === 'stopped').length} stopped, ${bad.length} not as expected.`,
);
process.exit(bad.length === 0 ? 0 : 1);
