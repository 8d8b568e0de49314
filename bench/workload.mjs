// The rules and paths of core/bench/workload.hpp, for JavaScript.
export const TEMPLATES = 20;

const templateOf = (plugin, index) => {
  const own = `${plugin}_${index}`;
  const base = `/api/plugin-${plugin}/resource-${index}`;
  return [`${base}/summary`, `${base}/:id${own}`, `${base}/:id${own}/items/:item${own}`, `${base}/files/*`][index % 4];
};

export const rulesOf = (plugin) =>
  Array.from({ length: TEMPLATES }, (_, index) => ({
    method: index % 5 === 4 ? 'POST' : 'GET',
    path: templateOf(plugin, index),
  }));

function pathOf(plugin, index, normalised) {
  const base = `/api/plugin-${plugin}${normalised ? '' : '/./%7Euser/..'}/resource-${index}`;
  return [`${base}/summary`, `${base}/4711`, `${base}/4711/items/a-17`, `${base}/files/2026/report.pdf`][index % 4];
}

/** Half hits and half misses, over all plugins, in a fixed shuffled order. */
export function callsOf(plugins, normalised) {
  let state = 1;
  return Array.from({ length: 4096 }, (_, at) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const plugin = (state >>> 8) % plugins;
    const index = at % TEMPLATES;
    const allowed = ((state >>> 30) & 1) === 0;
    const target = pathOf(plugin, index, normalised);
    return {
      plugin,
      method: index % 5 === 4 ? 'POST' : 'GET',
      target: allowed ? target : target.replace('/resource-', '/nosource-'),
      allowed,
    };
  });
}

export const manifestOf = (plugin) => ({
  id: `plugin-${plugin}`,
  version: `1.4.${plugin}`,
  engine: { experience: '>=1.2.0 <2.0.0' },
  displayName: `Plugin ${plugin}`,
  description: `What plugin ${plugin} does, in a sentence of the usual length.`,
  contributions: {
    routes: [{ path: `/plugin-${plugin}`, component: 'Page', resource: `plugin-${plugin}-page` }],
    widgets: [{ slot: 'dashboard.main', component: 'Widget', resource: `plugin-${plugin}-widget` }],
  },
  permissions: { api: rulesOf(plugin), sse: [`/events/plugin-${plugin}`] },
});

export function eventStream(bytes) {
  const events = [];
  let size = 0;
  for (let at = 0; size < bytes; at += 1) {
    const data = JSON.stringify({
      order: at,
      state: 'shipped',
      lines: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      note: 'x'.repeat(80),
    });
    const event = `id: ${at}\nevent: order\ndata: ${data}\n\n`;
    events.push(event);
    size += event.length;
  }
  return { bytes: new TextEncoder().encode(events.join('')), events: events.length };
}

export const VERSIONS = ['1.2.3', '1.4.0', '2.0.0-rc.1', '0.9.17', '10.20.30'];
export const RANGES = ['^1.2.0', '>=1.2.0 <2.0.0', '~1.4', '1.x || >=2.5.0 || 5', '1.2.3 - 2.3.4'];
