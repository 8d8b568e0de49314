import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps, type PressEvent } from 'react-aria-components';
import { Icon, type IconName } from './icons.tsx';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style' | 'isPending'> {
  readonly variant?: 'primary' | 'danger' | 'quiet' | 'plain';
  readonly icon?: IconName;
  /**
   * An operation is in progress: presses are ignored. Unlike a disabled button it keeps the focus. (Not `isPending`,
   * which leaves a reference to the button behind when the button is unmounted.)
   */
  readonly pending?: boolean;
  readonly className?: string;
  readonly children?: ReactNode;
}

export function Button(props: ButtonProps): ReactNode {
  const { variant = 'plain', icon, pending = false, className, children, onPress, ...rest } = props;
  const bare = children === undefined ? 'icon-button' : '';
  const press = (event: PressEvent): void => {
    if (!pending) onPress?.(event);
  };
  return (
    <AriaButton
      {...rest}
      className={`nf-button ${bare} ${className ?? ''}`.trim()}
      data-pending={pending || undefined}
      data-variant={variant}
      onPress={press}
    >
      {icon === undefined ? null : <Icon name={icon} size={18} />}
      {children}
    </AriaButton>
  );
}
