// A bar chart as SVG text, readable on light and dark pages.

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/**
 * @param {string} title
 * @param {string} unit
 * @param {{label: string, bars: {name: string, value: number}[]}[]} groups
 */
export function chart(title, unit, groups) {
  const names = [...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name)))];
  const colours = ['#7c4dff', '#0d9488', '#d97706', '#64748b', '#db2777'];
  const left = 190;
  const width = 760;
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (width - left - 110) / most;
  let y = 66;
  const parts = [];
  for (const { label, bars } of groups) {
    parts.push(`<text x="${left - 10}" y="${y + 8 * bars.length + 2}" text-anchor="end">${escaped(label)}</text>`);
    for (const { name, value } of bars) {
      const length = Math.max(1, value * scale);
      const text = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
      parts.push(
        `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="13" rx="2" fill="${colours[names.indexOf(name) % colours.length]}"><title>${escaped(name)}: ${text} ${unit}</title></rect>`,
        `<text x="${(left + length + 6).toFixed(1)}" y="${y + 11}" class="value">${text}</text>`,
      );
      y += 16;
    }
    y += 14;
  }
  const step = Math.min(140, (width - left) / names.length);
  const legend = names.map(
    (name, at) =>
      `<rect x="${left + at * step}" y="34" width="11" height="11" rx="2" fill="${colours[at % colours.length]}"/><text x="${left + at * step + 16}" y="44">${escaped(name)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#334155}.value{font-size:11px}@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}</style>
<text x="${left}" y="20" font-weight="600">${escaped(title)} (${escaped(unit)}, less is better)</text>
${legend.join('\n')}
${parts.join('\n')}
</svg>
`;
}
