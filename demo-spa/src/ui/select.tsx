import type { ReactNode } from 'react';
import { Select as AriaSelect, Button, Label, ListBox, ListBoxItem, Popover, SelectValue } from 'react-aria-components';
import { Icon } from './icons.tsx';

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (id: string) => void;
}

export function Select({ label, value, choices, onChange }: SelectProps): ReactNode {
  return (
    <AriaSelect
      className="field"
      onChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      value={value}
    >
      <Label>{label}</Label>
      <Button className="nf-input select-button">
        <SelectValue>{({ selectedText }) => selectedText ?? value}</SelectValue>
        <Icon name="chevron" size={16} />
      </Button>
      <Popover className="select-popover">
        <ListBox items={choices}>
          {(choice) => (
            <ListBoxItem className="select-item" id={choice.id} textValue={choice.label}>
              {choice.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
