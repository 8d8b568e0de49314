import type { ReactNode } from 'react';
import {
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import type { Tone } from '../host/activity.ts';
import { Button } from './button.tsx';

export interface ToastText {
  readonly tone: Tone;
  readonly title: string;
  readonly body?: string;
}

const SHOWN_MS = 8_000;
const queue = new ToastQueue<ToastText>({ maxVisibleToasts: 3 });

export function toast(text: ToastText): void {
  queue.add(text, { timeout: SHOWN_MS });
}

/** The region where toasts appear: a landmark that F6 reaches and screen readers announce. */
export function Toasts(): ReactNode {
  return (
    <ToastRegion className="toasts" queue={queue}>
      {({ toast: shown }) => (
        <Toast className="toast" data-tone={shown.content.tone} toast={shown}>
          <ToastContent className="toast-text">
            <Text className="toast-title" elementType="div" slot="title">
              {shown.content.title}
            </Text>
            {shown.content.body === undefined ? null : (
              <Text className="toast-body" elementType="div" slot="description">
                {shown.content.body}
              </Text>
            )}
          </ToastContent>
          <Button aria-label="Close" className="toast-close" icon="close" slot="close" variant="quiet" />
        </Toast>
      )}
    </ToastRegion>
  );
}
