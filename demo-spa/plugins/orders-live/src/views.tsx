import { useState } from 'react';
import type { FeedState, Order } from './feed.ts';

const MONEY = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'EUR' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

const CONNECTION = {
  connecting: { tone: 'warn', word: 'connecting' },
  open: { tone: 'ok', word: 'live' },
  waiting: { tone: 'warn', word: 'reconnecting' },
  closed: { tone: 'bad', word: 'closed' },
} as const;

function Connection({ feed }: { readonly feed: FeedState }) {
  const { tone, word } = CONNECTION[feed.connection];
  return (
    <span className="nf-badge" data-testid="connection" data-tone={tone}>
      <span aria-hidden="true" className="nf-pulse" data-live={feed.connection === 'open' ? '' : undefined} />
      {word}
    </span>
  );
}

/** Bars of the latest orders, the newest on the right. */
function Bars({ orders }: { readonly orders: readonly Order[] }) {
  const shown = orders.slice(0, 24).toReversed();
  const most = Math.max(...shown.map((order) => order.total), 1);
  return (
    <svg aria-hidden="true" height="64" preserveAspectRatio="none" viewBox="0 0 240 64" width="100%">
      {shown.map((order, at) => {
        const height = Math.max(3, (60 * order.total) / most);
        return (
          <rect
            fill={at === shown.length - 1 ? 'var(--color-flux)' : 'var(--color-accent)'}
            height={height}
            key={`${order.id} ${order.at}`}
            opacity={at === shown.length - 1 ? 1 : 0.55}
            rx="1.5"
            width="7"
            x={(24 - shown.length + at) * 10}
            y={64 - height}
          />
        );
      })}
    </svg>
  );
}

export interface ViewProps {
  readonly feed: FeedState;
}

export function LiveOrders({ feed }: ViewProps) {
  const [held, setHeld] = useState<readonly Order[] | null>(null);
  const orders = held ?? feed.orders;
  return (
    <section aria-labelledby="live-orders" className="nf-card" data-testid="live-orders">
      <div className="nf-head">
        <h2 className="nf-title" id="live-orders">
          Orders
        </h2>
        <Connection feed={feed} />
        <button
          aria-pressed={held !== null}
          className="nf-button"
          onClick={() => setHeld(held === null ? feed.orders : null)}
          type="button"
        >
          {held === null ? 'Pause' : 'Resume'}
        </button>
      </div>
      {feed.error === null || feed.connection === 'open' ? null : <p className="nf-muted">{feed.error}</p>}
      <div className="nf-grid">
        <div>
          <p className="nf-eyebrow">Since you opened the page</p>
          <p className="nf-number">{feed.count}</p>
        </div>
        <div>
          <p className="nf-eyebrow">Total value</p>
          <p className="nf-number">{MONEY.format(feed.revenue)}</p>
        </div>
      </div>
      <Bars orders={orders} />
      {orders.length === 0 ? (
        <p className="nf-muted">Waiting for the first order…</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on a phone, so it must be focusable
        <section aria-label="Latest orders" className="nf-scroll" tabIndex={0}>
          <table aria-labelledby="live-orders" className="nf-table">
            <thead>
              <tr>
                <th className="nf-roomy" scope="col">
                  Time
                </th>
                <th scope="col">Order</th>
                <th scope="col">Customer</th>
                <th className="nf-roomy" scope="col">
                  Item
                </th>
                <th data-num scope="col">
                  Total
                </th>
              </tr>
            </thead>
            <tbody>
              {orders.slice(0, 10).map((order) => (
                <tr key={`${order.id} ${order.at}`}>
                  <td className="nf-mono nf-roomy">{TIME.format(order.at)}</td>
                  <td className="nf-mono">{order.id}</td>
                  <td>{order.customer}</td>
                  <td className="nf-roomy">{order.item}</td>
                  <td data-num>{MONEY.format(order.total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

export function OrdersTicker({ feed }: ViewProps) {
  return (
    <section aria-labelledby="orders-ticker" className="nf-card" data-testid="orders-ticker">
      <div className="nf-head">
        <h2 className="nf-title" id="orders-ticker">
          Order ticker
        </h2>
        <Connection feed={feed} />
      </div>
      <Bars orders={feed.orders} />
      <ul className="nf-list">
        {feed.orders.slice(0, 4).map((order) => (
          <li key={`${order.id} ${order.at}`}>
            <span>{order.customer}</span>
            <span className="nf-mono">{MONEY.format(order.total)}</span>
          </li>
        ))}
      </ul>
      {feed.orders.length === 0 ? <p className="nf-muted">Waiting for the first order…</p> : null}
    </section>
  );
}

export function OrdersPage({ feed }: ViewProps) {
  return (
    <article className="nf-stack">
      <header>
        <h1 data-testid="orders-page">Live orders</h1>
        <p className="nf-muted">
          Every component of this plugin shares one stream. It closes when the last one is unmounted.
        </p>
      </header>
      <LiveOrders feed={feed} />
    </article>
  );
}
