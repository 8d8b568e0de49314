import type { ReactNode } from 'react';
import {
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
} from 'react-aria-components';

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'style' | 'children'> {
  readonly label: string;
  readonly description?: ReactNode;
  readonly mono?: boolean;
}

export function TextField({ label, description, mono = false, ...rest }: TextFieldProps): ReactNode {
  return (
    <AriaTextField {...rest} className="field">
      <Label>{label}</Label>
      <Input className={mono ? 'nf-input mono' : 'nf-input'} spellCheck={!mono} />
      {description === undefined ? null : <Text slot="description">{description}</Text>}
      <FieldError />
    </AriaTextField>
  );
}
