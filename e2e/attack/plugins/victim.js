// A plugin in factory form: only its default export function receives the sdk. It makes a call that only its manifest
// allows whenever somebody presses the button.
import { createElement as h, useState } from 'react';

export default (sdk) => ({
  routes: {
    Page: ({ navigate }) => {
      globalThis.go = navigate;
      const [calls, setCalls] = useState(0);
      const call = async () => {
        const { secret } = await (await sdk.api.fetch(`/api/vault/diary-${calls}`)).json();
        setCalls(secret.length > 0 ? calls + 1 : calls);
      };
      return h(
        'div',
        { 'data-plugin-page': 'victim' },
        h('button', { type: 'button', onClick: call }, `Read my diary (${calls})`),
      );
    },
  },
});
