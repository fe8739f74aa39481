// npm start [-- --small] [-- --lan]: installs and builds what is missing, then runs the supervisor until Ctrl-C.
import { createRequire } from 'node:module';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { endWithNpm } from './parent-gone.mjs';
import { root } from './root.mjs';

endWithNpm();
try {
  await ensureInstalled();
  if (await ensureBuilt()) console.log('Built.');
  const { main } = createRequire(import.meta.url)(path.join(root, 'dist/apps/supervisor/src/main.js'));
  process.exit(await main(process.argv.slice(2)));
} catch (cause) {
  console.error(cause.message);
  process.exit(1);
}
