import type { PluginSdk, PluginStreamEvent, PluginStreamState } from 'portcullis/plugin';
import { useSyncExternalStore } from 'react';

export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly item: string;
  readonly total: number;
  readonly region: string;
  /** When this page received the order. */
  readonly at: number;
}

export interface FeedState {
  readonly orders: readonly Order[];
  readonly count: number;
  readonly revenue: number;
  readonly connection: PluginStreamState;
  readonly error: string | null;
}

const KEPT = 40;
const EMPTY: FeedState = { orders: [], count: 0, revenue: 0, connection: 'connecting', error: null };

export type UseFeed = () => FeedState;

/**
 * One feed for all components of the plugin. The stream is open while at least one of them is mounted. Orders are
 * kept and the stream resumes after the last event, so that returning to the page does not start again.
 */
export function createFeed(sdk: PluginSdk): UseFeed {
  let state = EMPTY;
  let stop: (() => void) | null = null;
  let last = '';
  const listeners = new Set<() => void>();

  function set(part: Partial<FeedState>): void {
    state = { ...state, ...part };
    for (const listener of listeners) listener();
  }

  function addOrder(data: string): void {
    let order: Order;
    try {
      order = { ...(JSON.parse(data) as Omit<Order, 'at'>), at: Date.now() };
    } catch (error) {
      sdk.logger.warn('an order is not valid JSON', error);
      return;
    }
    set({
      orders: [order, ...state.orders].slice(0, KEPT),
      count: state.count + 1,
      revenue: state.revenue + order.total,
    });
  }

  function open(): void {
    const onEvent = ({ data, lastEventId }: PluginStreamEvent): void => {
      last = lastEventId;
      addOrder(data);
    };
    stop = sdk.sse.subscribe('/events/orders', onEvent, {
      types: ['order'],
      lastEventId: last,
      onState: (connection, error) => set({ connection, error: error?.message ?? null }),
    });
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    if (stop === null) open();
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      stop?.();
      stop = null;
    };
  }

  return () => useSyncExternalStore(subscribe, () => state);
}
