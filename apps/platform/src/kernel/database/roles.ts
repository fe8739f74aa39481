import { Client } from 'pg';

/** The role of the running server: reads and writes rows, but may not change or delete what is in the audit. */
export const APP_ROLE = 'clarion_app';

/** Lets the run-time role sign in with this password. For the embedded server; on other servers the site does it. */
export async function allowAppLogin(ownerUrl: string, password: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT format($1, $2::text) AS statement', [`ALTER ROLE ${APP_ROLE} LOGIN PASSWORD %L`, password]);
    await client.query(String(rows[0].statement));
  } finally {
    await client.end();
  }
}

/** The same server and database, signed in as the run-time role. */
export function appUrl(ownerUrl: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = APP_ROLE;
  url.password = password;
  return url.href;
}
