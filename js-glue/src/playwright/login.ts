/** The subset of Playwright's `Page` that is used here, so that this package does not depend on Playwright. */
export interface PageLike {
  url(): string;
  goto(url: string): Promise<unknown>;
  evaluate<R, A>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
}

/**
 * Signs in through the lab login, as the page does, and loads the app. `url` is where the app is served, under a
 * tenant's host name; later calls can omit it. The default password is the user's name. Throws an error with the
 * status if the server refuses: 401 for a wrong password, 421 for a host name that is not a tenant's.
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
  if (status !== 200) throw new Error(`portcullis: the login of ${user} failed with status ${status}`);
  await page.goto(url);
}

/** Signs out from within the page. Does not reload it: an open page follows the session by itself. */
export async function logout(page: PageLike): Promise<void> {
  await page.evaluate(async () => {
    const session = (await (await fetch('/auth/session')).json()) as { csrf_token?: string };
    await fetch('/auth/logout', { method: 'POST', headers: { 'x-csrf-token': session.csrf_token ?? '' } });
  }, null);
}
