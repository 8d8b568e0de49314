// A plugin that does nothing: the one that an operator's switch is pressed for.
import { createElement as h } from 'react';

export default () => ({ routes: { Page: () => h('div', { 'data-plugin-page': 'bystander' }) } });
