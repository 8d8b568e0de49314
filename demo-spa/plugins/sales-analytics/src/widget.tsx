import { SalesChart } from './chart.tsx';
import { sdk } from './sdk.ts';
import { money, type Summary } from './types.ts';

export function SalesWidget() {
  const summary = sdk.api.useQuery<Summary>('summary', '/api/sales/summary');
  const { data } = summary;
  return (
    <section aria-labelledby="sales-widget" className="nf-card nf-wide" data-testid="sales-widget">
      <div className="nf-head">
        <h2 className="nf-title" id="sales-widget">
          Sales today
        </h2>
        {data === undefined ? null : (
          <span className="nf-badge" data-tone={data.change_percent < 0 ? 'bad' : 'ok'}>
            {data.change_percent > 0 ? '+' : ''}
            {data.change_percent} % on last week
          </span>
        )}
      </div>
      {summary.isPending ? <p role="status">Loading today&apos;s sales…</p> : null}
      {summary.error === null ? null : (
        <div className="nf-row" role="alert">
          <span>{summary.error.message}</span>
          <button className="nf-button" onClick={() => void summary.refetch()} type="button">
            Try again
          </button>
        </div>
      )}
      {data === undefined ? null : (
        <>
          <div className="nf-grid">
            <Figure label="Revenue" value={money(data.revenue, data.currency)} />
            <Figure label="Orders" value={String(data.orders)} />
            <Figure label="Average" value={money(data.average, data.currency, 2)} />
          </div>
          <SalesChart hours={data.hours} />
          <div className="nf-row">
            <a className="nf-button" href="/plugins/sales-analytics">
              Open sales analytics
            </a>
          </div>
        </>
      )}
    </section>
  );
}

export function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <p className="nf-eyebrow">{label}</p>
      <p className="nf-number">{value}</p>
    </div>
  );
}
