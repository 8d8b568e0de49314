// Semver, event streams and manifests, each compared with what a page would use instead.
import assert from 'node:assert/strict';
import { createParser } from 'eventsource-parser';
import semver from 'semver';
import { z } from 'zod';
import { measure } from './measure.mjs';
import { eventStream, manifestOf, RANGES, VERSIONS } from './workload.mjs';

export function benchSemver(core) {
  const pairs = VERSIONS.flatMap((version) => RANGES.map((range) => [version, range]));
  // npm's semver caches parsed ranges; these are more than its cache holds.
  const many = Array.from({ length: 20000 }, (_, at) => [
    VERSIONS[at % 5],
    `>=${at % 7}.${at % 1000}.${at} <${(at % 7) + 2}.0.0 || ~${at}.1`,
  ]);
  for (const [version, range] of [...pairs, ...many]) {
    assert.equal(core.semver.satisfies(version, range), semver.satisfies(version, range), `${version} ${range}`);
  }
  const over = (list, satisfies) => () => {
    let count = 0;
    for (const [version, range] of list) if (satisfies(version, range)) count += 1;
    return count;
  };
  const ours = (version, range) => core.semver.satisfies(version, range);
  const contenders = (list) => ({ portcullis: over(list, ours), semver: over(list, semver.satisfies) });
  return {
    'ranges seen before': measure(contenders(pairs), { per: pairs.length }),
    'ranges never seen': measure(contenders(many), { per: many.length, rounds: 9 }),
  };
}

/** In ns per byte. */
export function benchEventStream(core) {
  const { bytes, events } = eventStream(4 << 20);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += 65536) chunks.push(bytes.subarray(at, at + 65536));
  const contenders = {
    portcullis: () => {
      const parser = core.createEventStreamParser();
      let count = 0;
      for (const chunk of chunks) count += parser.feed(chunk).length;
      parser.free();
      return count;
    },
    'eventsource-parser': () => {
      let count = 0;
      const decoder = new TextDecoder();
      const parser = createParser({ onEvent: () => (count += 1) });
      for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
      return count;
    },
  };
  for (const run of Object.values(contenders)) assert.equal(run(), events);
  return measure(contenders, { per: bytes.length, minMs: 20 });
}

const text = z.string().min(1).max(256);
const Manifest = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  version: z.string().refine((version) => semver.valid(version) !== null),
  engine: z.object({ experience: z.string().refine((range) => semver.validRange(range) !== null) }),
  displayName: text.optional(),
  description: z.string().max(2048).optional(),
  contributions: z.object({
    routes: z.array(z.object({ path: text, component: text, resource: text.optional() })).max(64),
    widgets: z.array(z.object({ slot: text, component: text, resource: text.optional() })).max(64),
  }),
  permissions: z.object({
    api: z
      .array(
        z.object({
          method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
          path: z.string().startsWith('/'),
        }),
      )
      .max(256),
    sse: z.array(z.string().startsWith('/')).max(64),
  }),
});

/** In ns per manifest. Ours also compiles the rules; the peer only parses and validates. */
export function benchManifests(core, count) {
  const texts = Array.from({ length: count }, (_, plugin) => JSON.stringify(manifestOf(plugin)));
  const contenders = {
    portcullis: () => {
      for (const each of texts) {
        const compiled = core.compile(each);
        assert.ok(compiled.ok);
        compiled.policy.free();
      }
    },
    'JSON.parse and zod': () => {
      for (const each of texts) assert.ok(Manifest.safeParse(JSON.parse(each)).success);
    },
  };
  return measure(contenders, { per: count, rounds: 9 });
}
