// npm run redteam [-- --json FILE] [--small]: installs and builds what is missing, then attacks two districts of its own.
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { endWithNpm } from './parent-gone.mjs';
import { root } from './root.mjs';

endWithNpm();
try {
  await ensureInstalled();
  await ensureBuilt();
  const { main } = createRequire(import.meta.url)(path.join(root, 'dist/apps/redteam/src/main.js'));
  process.exit(await main(process.argv.slice(2)));
} catch (cause) {
  console.error(cause.message);
  process.exit(1);
}
