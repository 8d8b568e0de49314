import { definePlugin } from 'portcullis/plugin';
import { SalesPage } from './page.tsx';
import { SalesWidget } from './widget.tsx';

export default definePlugin({ routes: { SalesPage }, widgets: { SalesWidget } });
