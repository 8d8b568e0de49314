import { definePlugin } from 'portcullis/plugin';
import type { ComponentType, FunctionComponent } from 'react';
import { createFeed, type UseFeed } from './feed.ts';
import { LiveOrders, OrdersPage, OrdersTicker, type ViewProps } from './views.tsx';

/** Passes the plugin's feed to a view. */
function bind(View: ComponentType<ViewProps>, useFeed: UseFeed): FunctionComponent {
  return () => <View feed={useFeed()} />;
}

/** The factory form: only the plugin receives the sdk, not other code that imports this module. */
export default definePlugin((sdk) => {
  const useFeed = createFeed(sdk);
  return {
    routes: { OrdersPage: bind(OrdersPage, useFeed) },
    widgets: { LiveOrders: bind(LiveOrders, useFeed), OrdersTicker: bind(OrdersTicker, useFeed) },
  };
});
