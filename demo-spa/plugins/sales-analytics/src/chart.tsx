import type { Hour } from './types.ts';
import { money } from './types.ts';

const WIDTH = 640;
const HEIGHT = 172;
const BASE = 164;
const TOP = 14;
const INSET = 8;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly hour: Hour;
}

function pointsOf(hours: readonly Hour[]): readonly Point[] {
  const most = Math.max(...hours.map((hour) => hour.revenue), 1);
  const step = (WIDTH - 2 * INSET) / Math.max(hours.length - 1, 1);
  return hours.map((hour, at) => ({
    hour,
    x: INSET + at * step,
    y: BASE - ((BASE - TOP) * hour.revenue) / most,
  }));
}

/** Revenue by hour. It uses the host's colour tokens and follows every theme; the table is for screen readers. */
export function SalesChart({ hours }: { readonly hours: readonly Hour[] }) {
  const points = pointsOf(hours);
  const line = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
  const last = points.at(-1);
  const best = points.reduce(
    (a, b) => (b.hour.revenue > a.hour.revenue ? b : a),
    points[0] ?? { x: 0, y: 0, hour: { hour: '', revenue: 0 } },
  );
  return (
    <figure>
      <svg aria-hidden="true" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%">
        <defs>
          <linearGradient id="sales-area" x1="0" x2="0" y1="0" y2="1">
            <stop offset="0" stopColor="var(--color-accent)" stopOpacity="0.42" />
            <stop offset="1" stopColor="var(--color-accent)" stopOpacity="0" />
          </linearGradient>
        </defs>
        {[0, 1, 2, 3].map((n) => (
          <path
            d={`M${INSET} ${TOP + (n * (BASE - TOP)) / 3}H${WIDTH - INSET}`}
            key={n}
            stroke="var(--color-line)"
            strokeDasharray="2 6"
          />
        ))}
        <path d={`${line}L${last?.x ?? 0} ${BASE}L${INSET} ${BASE}Z`} fill="url(#sales-area)" />
        <path d={line} fill="none" stroke="var(--color-accent)" strokeLinejoin="round" strokeWidth="2.5" />
        <circle cx={best.x} cy={best.y} fill="var(--color-bg)" r="5" stroke="var(--color-flux)" strokeWidth="2.5" />
      </svg>
      <div aria-hidden="true" className="nf-ticks">
        {hours.map((hour) => (
          <span key={hour.hour}>{hour.hour}</span>
        ))}
      </div>
      <table className="nf-hidden">
        <caption>Revenue by hour</caption>
        <thead>
          <tr>
            <th scope="col">Hour</th>
            <th scope="col">Revenue</th>
          </tr>
        </thead>
        <tbody>
          {hours.map((hour) => (
            <tr key={hour.hour}>
              <td>{hour.hour}</td>
              <td>{money(hour.revenue)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
