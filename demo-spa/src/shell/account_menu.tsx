import type { Session } from 'portcullis';
import type { ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { host } from '../host/host.ts';
import { Icon } from '../ui/icons.tsx';

export function AccountMenu({ session }: { readonly session: Session }): ReactNode {
  return (
    <MenuTrigger>
      <Button className="nf-button account">
        <span aria-hidden="true" className="avatar">
          {session.name.slice(0, 1)}
        </span>
        <span className="visually-hidden">Account: </span>
        <span className="account-name">{session.name}</span>
        <Icon name="chevron" size={16} />
      </Button>
      <Popover className="menu" placement="bottom end">
        <div className="menu-head">
          <strong>{session.name}</strong>
          <div className="nf-muted nf-mono">{session.subject.id}</div>
          <div className="nf-muted">Roles: {session.roles.join(', ') || 'none'}</div>
        </div>
        <Menu aria-label="Account" onAction={() => void host.logout()}>
          <MenuItem className="menu-item" id="sign-out">
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
