/** The part of Playwright's `Page` that is used; so this package needs no Playwright itself. */
export interface PageLike {
  url(): string;
  goto(url: string): Promise<unknown>;
  evaluate<R, A>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
}

/**
 * Signs in through the lab login, as the page itself does, and loads the app. `url` is where the app
 * is served, under a tenant's host; later calls may leave it out. The default password is the user's name.
 * Throws with the status when the server refuses: 401 for a wrong password, 421 for a host that is no tenant's.
 */
export async function login(
  page: PageLike,
  user: string,
  options: { url?: string; password?: string } = {},
): Promise<void> {
  const url = options.url ?? new URL('/', page.url()).href;
  if (new URL(url).origin !== (URL.canParse(page.url()) ? new URL(page.url()).origin : '')) await page.goto(url);
  const status = await page.evaluate(
    async (credentials) => {
      const response = await fetch('/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(credentials),
      });
      return response.status;
    },
    { user, password: options.password ?? user },
  );
  if (status !== 200) throw new Error(`portcullis: the login of ${user} was answered ${status}`);
  await page.goto(url);
}

/** Signs out in the page, as a script of it does. Does not load it again: an open page follows by itself. */
export async function logout(page: PageLike): Promise<void> {
  await page.evaluate(async () => {
    const session = (await (await fetch('/auth/session')).json()) as { csrf_token?: string };
    await fetch('/auth/logout', { method: 'POST', headers: { 'x-csrf-token': session.csrf_token ?? '' } });
  }, null);
}
