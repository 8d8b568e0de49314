import { HttpError } from 'portcullis';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components';
import { useTitle } from '../hooks/use_title.ts';
import { host } from '../host/host.ts';
import { Brand } from '../shell/brand.tsx';
import { SchemeToggle } from '../shell/scheme_toggle.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Gate } from '../ui/gate.tsx';
import { TextField } from '../ui/text_field.tsx';

/** The lab accounts of users.yaml. Each password is the account's name. */
const ACCOUNTS = [
  { user: 'viewer', may: 'Sees all plugin pages and widgets.', tag: 'all permitted', tone: 'ok' },
  { user: 'limited', may: 'Hello’s widget and the order ticker are denied.', tag: 'some denied', tone: 'bad' },
  { user: 'operator', may: 'Quarantines plugins and reloads the configuration.', tag: 'kill switch', tone: 'accent' },
] as const;

function sentence(error: unknown): string {
  if (error instanceof HttpError && error.code === 'LOGIN_FAILED') return 'Wrong user or password.';
  return error instanceof Error ? error.message : String(error);
}

export function SignInPage(): ReactNode {
  useTitle('Sign in');
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function signIn(name: string, secret: string): Promise<void> {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await host.login(name, secret);
    } catch (error) {
      setProblem(sentence(error));
      setBusy(false);
    }
  }

  return (
    <div className="sign-in">
      <header className="sign-in-hero">
        <div className="sign-in-top">
          <Brand />
          <SchemeToggle />
        </div>
        <Gate open={false} />
        <div>
          <h1>Every plugin is checked first.</h1>
          <p>
            Pages and widgets in this app come from plugins. One core decides what each of them may do, in this page and
            on the server, by the same rules.
          </p>
        </div>
      </header>
      <main className="sign-in-panel">
        <div>
          <p className="nf-eyebrow">{location.hostname}</p>
          <h2>Sign in</h2>
        </div>
        <Form
          onSubmit={(event) => {
            event.preventDefault();
            void signIn(user, password);
          }}
        >
          <TextField autoComplete="username" isRequired label="User" name="user" onChange={setUser} value={user} />
          <TextField
            autoComplete="current-password"
            isRequired
            label="Password"
            name="password"
            onChange={setPassword}
            type="password"
            value={password}
          />
          {problem === null ? null : (
            <p className="problem" data-severity="error" role="alert">
              {problem}
            </p>
          )}
          <Button pending={busy} type="submit" variant="primary">
            {busy ? 'Signing in…' : 'Sign in'}
          </Button>
        </Form>
        <section aria-labelledby="lab-accounts" className="nf-stack">
          <h3 className="nf-eyebrow" id="lab-accounts">
            Or use a lab account
          </h3>
          <ul className="accounts">
            {ACCOUNTS.map((account) => (
              <li key={account.user}>
                <button
                  className="account-card"
                  disabled={busy}
                  onClick={() => void signIn(account.user, account.user)}
                  type="button"
                >
                  <span aria-hidden="true" className="avatar">
                    {account.user.slice(0, 1).toUpperCase()}
                  </span>
                  <span>
                    <strong>
                      {account.user} / {account.user}
                    </strong>
                    <small>{account.may}</small>
                  </span>
                  <Badge tone={account.tone}>{account.tag}</Badge>
                </button>
              </li>
            ))}
          </ul>
        </section>
      </main>
    </div>
  );
}
