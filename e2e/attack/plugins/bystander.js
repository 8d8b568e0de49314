// A plugin that does nothing; the operator's quarantine targets it.
import { createElement as h } from 'react';

export default () => ({ routes: { Page: () => h('div', { 'data-plugin-page': 'bystander' }) } });
