// npm run bench:bff runs this: see scripts/bench_bff.mjs.
import { fileURLToPath } from 'node:url';
import { stampCost, stampMarkdown } from '../stamp.mjs';
import { streams, streamsMarkdown } from '../streams.mjs';
import { writeSection } from '../table.mjs';
import { floods, floodsMarkdown } from './floods.mjs';
import { heads, headsMarkdown } from './heads.mjs';
import { bffPage } from './page.mjs';
import { peerVersions } from './peers.mjs';
import { throughput } from './throughput.mjs';

const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith('--'));
const option = (name, otherwise) =>
  Number(args.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
const wants = (part) => named.length === 0 || named.includes(part);
const say = (text) => process.stderr.write(`${text}\n`);

if (named.includes('floods')) {
  // Has its own page and section, and no peer.
  const text = floodsMarkdown(await floods({ seconds: option('seconds', 10), say }));
  if (args.includes('--write')) {
    writeSection(fileURLToPath(new URL('../../docs/reliability.md', import.meta.url)), 'bench:bff -- floods', text);
  }
  process.stdout.write(text);
  if (named.length === 1) process.exit(0);
}
if (named.includes('heads')) {
  // The figures of a decision, and no peer.
  const text = headsMarkdown(await heads({ seconds: option('seconds', 3), rounds: option('rounds', 15), say }));
  if (args.includes('--write')) {
    const decision = new URL('../../docs/adr/0016-request-heads-by-beast.md', import.meta.url);
    writeSection(fileURLToPath(decision), 'bench:bff -- heads', text);
  }
  process.stdout.write(text);
  if (named.length === 1) process.exit(0);
}
const results = { versions: await peerVersions(), further: [] };
if (wants('throughput')) {
  results.throughput = await throughput({ seconds: option('seconds', 3), rounds: option('rounds', 7), say });
}
if (wants('streams')) {
  say('event streams');
  const result = await streams({ count: option('streams', 10_000), rounds: option('rounds', 7) });
  results.further.push(streamsMarkdown(result));
}
if (wants('stamp')) {
  say('a stamp on a call, in Chromium');
  results.further.push(stampMarkdown(await stampCost({ rounds: option('stamp-rounds', 60) })));
}
process.stdout.write(bffPage(results, { write: args.includes('--write') }));
