import type { ReactNode } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';

export interface Segment<T extends string> {
  readonly id: T;
  readonly label: string;
  /** Shown instead of the label, which is then the accessible name. */
  readonly content?: ReactNode;
}

export interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly segments: readonly Segment<T>[];
  readonly onChange: (value: T) => void;
  readonly className?: string;
}

/** A single choice from a few options: toggle buttons with arrow-key navigation. */
export function Segmented<T extends string>(props: SegmentedProps<T>): ReactNode {
  const { label, value, segments, onChange, className = 'segmented' } = props;
  return (
    <ToggleButtonGroup
      aria-label={label}
      className={className}
      disallowEmptySelection
      onSelectionChange={(keys) => {
        const chosen = segments.find((segment) => keys.has(segment.id));
        if (chosen !== undefined) onChange(chosen.id);
      }}
      selectedKeys={[value]}
      selectionMode="single"
    >
      {segments.map((segment) => (
        <ToggleButton
          {...(segment.content === undefined ? {} : { 'aria-label': segment.label })}
          id={segment.id}
          key={segment.id}
        >
          {segment.content ?? segment.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
