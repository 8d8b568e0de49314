// A plugin in function form: its default export receives the sdk. It makes a call that only its manifest allows
// whenever somebody presses the button, and uses every hook.
import { createElement as h, useState } from 'react';

export default (sdk) => ({
  routes: {
    Page: ({ navigate }) => {
      globalThis.go = navigate;
      const [calls, setCalls] = useState(0);
      const [note] = sdk.useDraft('note', 'draft');
      const { data } = sdk.api.useQuery('asked', '/api/vault/asked');
      const { url } = sdk.api.useObjectUrl('/api/vault/picture');
      const call = async () => {
        const { secret } = await (await sdk.api.fetch(`/api/vault/diary-${calls}`)).json();
        setCalls(secret.length > 0 ? calls + 1 : calls);
      };
      return h(
        'div',
        { 'data-plugin-page': 'victim' },
        h('button', { type: 'button', onClick: call }, `Read my diary (${calls})`),
        h('output', { title: url ?? note }, data === undefined ? '' : 'answered'),
      );
    },
  },
});
