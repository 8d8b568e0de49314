import { useEffect, useState } from 'react';
import { SalesChart } from './chart.tsx';
import { sdk } from './sdk.ts';
import { money, type Order, type Region, type Summary } from './types.ts';
import { Figure } from './widget.tsx';

interface RegionDetail extends Region {
  readonly best_seller: string;
  readonly stores: number;
}

export function SalesPage() {
  const summary = sdk.api.useQuery<Summary>('summary', '/api/sales/summary');
  const [region, setRegion] = useState('north');
  return (
    <article className="nf-stack">
      <header>
        <h1 data-testid="sales-page">Sales analytics</h1>
        <p className="nf-muted">Today&apos;s sales by hour and region, and incoming orders.</p>
      </header>
      {summary.isPending ? <p role="status">Loading today&apos;s sales…</p> : null}
      {summary.error === null ? null : <p role="alert">{summary.error.message}</p>}
      {summary.data === undefined ? null : (
        <section aria-labelledby="by-hour" className="nf-card">
          <div className="nf-head">
            <h2 className="nf-title" id="by-hour">
              By hour
            </h2>
            <ExportButton summary={summary.data} />
          </div>
          <div className="nf-grid">
            <Figure label="Revenue" value={money(summary.data.revenue)} />
            <Figure label="Orders" value={String(summary.data.orders)} />
            <Figure label="Average" value={money(summary.data.average, 'EUR', 2)} />
          </div>
          <SalesChart hours={summary.data.hours} />
        </section>
      )}
      <div className="nf-columns">
        <section aria-labelledby="by-region" className="nf-card">
          <h2 className="nf-title" id="by-region">
            By region
          </h2>
          <div className="nf-row">
            {(summary.data?.regions ?? []).map((one) => (
              <button
                aria-pressed={one.id === region}
                className="nf-button"
                data-variant={one.id === region ? 'primary' : 'plain'}
                key={one.id}
                onClick={() => setRegion(one.id)}
                type="button"
              >
                {one.name}
              </button>
            ))}
          </div>
          <RegionFacts region={region} />
        </section>
        <LatestOrder />
      </div>
    </article>
  );
}

function RegionFacts({ region }: { readonly region: string }) {
  const detail = sdk.api.useQuery<RegionDetail>(['region', region], `/api/sales/regions/${region}`);
  if (detail.error !== null) return <p role="alert">{detail.error.message}</p>;
  if (detail.data === undefined) return <p role="status">Loading…</p>;
  return (
    <ul className="nf-list">
      <li>
        <span className="nf-muted">Revenue</span>
        <span>{money(detail.data.revenue)}</span>
      </li>
      <li>
        <span className="nf-muted">Best seller</span>
        <span>{detail.data.best_seller}</span>
      </li>
      <li>
        <span className="nf-muted">Stores</span>
        <span>{detail.data.stores}</span>
      </li>
    </ul>
  );
}

/** The latest order of the stream, which is open while the page is mounted. */
function LatestOrder() {
  const [order, setOrder] = useState<Order | null>(null);
  useEffect(() => sdk.sse.subscribe('/events/orders', (event) => setOrder(JSON.parse(event.data) as Order)), []);
  return (
    <section aria-labelledby="latest-order" className="nf-card">
      <h2 className="nf-title" id="latest-order">
        Latest order
      </h2>
      {order === null ? (
        <p className="nf-muted">Waiting for the next order…</p>
      ) : (
        <div data-testid="latest-order">
          <p className="nf-number">{money(order.total, 'EUR', 2)}</p>
          <p>
            {order.item} for {order.customer}
          </p>
          <p className="nf-mono nf-muted">
            {order.id} · {order.region}
          </p>
        </div>
      )}
    </section>
  );
}

/** An action that the policy controls: the button is shown only if it is permitted. */
function ExportButton({ summary }: { readonly summary: Summary }) {
  const [permitted, setPermitted] = useState(false);

  useEffect(() => {
    let current = true;
    void sdk.authz.evaluate({ resource: { type: 'sales.report', id: 'today' }, action: 'export' }).then((answer) => {
      if (current) setPermitted(answer);
    });
    return () => {
      current = false;
    };
  }, []);

  if (!permitted) return null;

  function download(): void {
    const lines = ['hour,revenue', ...summary.hours.map((hour) => `${hour.hour},${hour.revenue}`)];
    const url = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'sales-today.csv';
    link.click();
    URL.revokeObjectURL(url);
    sdk.telemetry.track('sales.exported', { rows: summary.hours.length });
  }

  return (
    <button className="nf-button" data-testid="export" onClick={download} type="button">
      Export CSV
    </button>
  );
}
