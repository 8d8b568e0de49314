// Every attack, in the order of the table. Each is { id, title, family, tier, expected, stoppedBy, run }: `tier` is
// the tier that stops it ('none': no tier does), `expected` is the result in the lab, whose pages are tier 2, and
// `run(lab)` returns { stopped, seen }: what reached the target, or what the plugin could read.
import { bundles } from './bundles.mjs';
import { channel } from './channel.mjs';
import { confined } from './confined.mjs';
import { documents } from './document.mjs';
import { identity } from './identity.mjs';
import { pages } from './page.mjs';
import { patched } from './patched.mjs';
import { ports } from './ports.mjs';
import { raw } from './raw.mjs';
import { react } from './react.mjs';
import { replay } from './replay.mjs';

export const families = [raw, identity, replay, documents, channel, patched, ports, react, pages, confined, bundles];
