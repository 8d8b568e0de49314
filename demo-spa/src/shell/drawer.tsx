import { type ReactNode, useEffect, useState } from 'react';
import { Dialog, DialogTrigger, Modal, ModalOverlay } from 'react-aria-components';
import { useLocation } from 'react-router';
import { Button } from '../ui/button.tsx';
import { Brand } from './brand.tsx';
import { Nav } from './nav.tsx';
import { RailFoot } from './rail_foot.tsx';

/** The navigation on narrow screens: the same links, behind a button. */
export function Drawer(): ReactNode {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setOpen(false), [pathname]);
  return (
    <DialogTrigger isOpen={open} onOpenChange={setOpen}>
      <Button aria-label="Menu" className="menu-button" icon="menu" variant="quiet" />
      <ModalOverlay className="drawer-overlay" isDismissable>
        <Modal className="drawer">
          <Dialog aria-label="Menu">
            <div className="rail in-drawer">
              <div className="drawer-top">
                <Brand />
                <Button aria-label="Close the menu" icon="close" slot="close" variant="quiet" />
              </div>
              <Nav onGo={() => setOpen(false)} />
              <RailFoot />
            </div>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}
