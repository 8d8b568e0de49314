import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useQuarantine, useUnquarantine } from './use_operator.ts';

/**
 * Quarantines a plugin that is not in the table by its id: one that is not rolled out yet, or was quarantined before.
 */
export function KillSwitch(): ReactNode {
  const [pluginId, setPluginId] = useState('');
  const quarantine = useQuarantine();
  const lift = useUnquarantine();
  return (
    <section aria-labelledby="kill-switch" className="nf-card">
      <h2 className="nf-title" id="kill-switch">
        Quarantine by id
      </h2>
      <p className="nf-muted">
        Stops a plugin that is not listed above, for example before it is rolled out, or releases it.
      </p>
      <Form
        className="nf-stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (quarantine.isPending) return;
          quarantine.mutate(
            { pluginId, reason: 'quarantined by id' },
            {
              onSuccess: () => toast({ tone: 'bad', title: `${pluginId} was quarantined` }),
              onError: (error) => toast({ tone: 'bad', title: 'The quarantine failed', body: error.message }),
            },
          );
        }}
      >
        <TextField isRequired label="Plugin id" mono name="plugin-id" onChange={setPluginId} value={pluginId} />
        <div className="nf-row">
          <Button icon="ban" pending={quarantine.isPending} type="submit" variant="danger">
            Quarantine
          </Button>
          <Button
            icon="back"
            isDisabled={pluginId === ''}
            pending={lift.isPending}
            onPress={() =>
              lift.mutate(pluginId, {
                onSuccess: ({ removed }) => {
                  if (removed) toast({ tone: 'ok', title: `${pluginId} was released from quarantine` });
                },
              })
            }
          >
            Unquarantine
          </Button>
        </div>
      </Form>
    </section>
  );
}
