import { definePlugin } from 'portcullis/plugin';
import type { ComponentType, FunctionComponent } from 'react';
import { createFeed, type UseFeed } from './feed.ts';
import { LiveOrders, OrdersPage, OrdersTicker, type ViewProps } from './views.tsx';

/** Gives a view the plugin's feed. */
function bind(View: ComponentType<ViewProps>, useFeed: UseFeed): FunctionComponent {
  return () => <View feed={useFeed()} />;
}

/** The factory form: the sdk is given to the plugin, and to nobody else who imports this module. */
export default definePlugin((sdk) => {
  const useFeed = createFeed(sdk);
  return {
    routes: { OrdersPage: bind(OrdersPage, useFeed) },
    widgets: { LiveOrders: bind(LiveOrders, useFeed), OrdersTicker: bind(OrdersTicker, useFeed) },
  };
});
