import { definePlugin } from 'portcullis/plugin';
import { SalesPage } from './page.tsx';
import { keepSdk } from './sdk.ts';
import { SalesWidget } from './widget.tsx';

export default definePlugin((given) => {
  keepSdk(given);
  return { routes: { SalesPage }, widgets: { SalesWidget } };
});
