import { type ReactNode, useState } from 'react';
import { Dialog, DialogTrigger, Form, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useQuarantine } from './use_operator.ts';

const DURATIONS = [
  { id: '0', label: 'Until lifted' },
  { id: '900', label: '15 minutes' },
  { id: '3600', label: '1 hour' },
  { id: '86400', label: '24 hours' },
] as const;

export interface QuarantineDialogProps {
  readonly pluginId: string;
  readonly version: string;
}

/** Asks for the reason, which appears in the audit log and on every open page. */
export function QuarantineDialog({ pluginId, version }: QuarantineDialogProps): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={open} onOpenChange={setOpen}>
      <Button aria-label={`Quarantine ${pluginId}`} icon="ban" variant="danger">
        Quarantine
      </Button>
      <ModalOverlay className="dialog-overlay" isDismissable>
        <Modal className="dialog-box">
          <Dialog className="nf-card" role="alertdialog">
            <Heading className="nf-title" slot="title">
              Quarantine {pluginId} {version}?
            </Heading>
            <QuarantineForm onDone={() => setOpen(false)} pluginId={pluginId} />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}

function QuarantineForm({ pluginId, onDone }: { readonly pluginId: string; readonly onDone: () => void }): ReactNode {
  const [reason, setReason] = useState('');
  const [seconds, setSeconds] = useState('0');
  const quarantine = useQuarantine();
  return (
    <Form
      className="nf-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (quarantine.isPending) return;
        const expiresInSeconds = Number(seconds);
        quarantine.mutate(
          { pluginId, reason, ...(expiresInSeconds === 0 ? {} : { expiresInSeconds }) },
          { onSuccess: onDone },
        );
      }}
    >
      <p className="nf-muted">
        Its pages and widgets disappear from every open page of this tenant immediately. The server refuses its bundle,
        calls and streams.
      </p>
      <TextField autoFocus isRequired label="Reason" name="reason" onChange={setReason} value={reason} />
      <Select choices={DURATIONS} label="Duration" onChange={setSeconds} value={seconds} />
      {quarantine.isError ? (
        <p className="problem" data-severity="error" role="alert">
          {quarantine.error.message}
        </p>
      ) : null}
      <div className="dialog-actions">
        <Button onPress={onDone}>Cancel</Button>
        <Button icon="ban" pending={quarantine.isPending} type="submit" variant="danger">
          Quarantine
        </Button>
      </div>
    </Form>
  );
}
