// `npm start`: installs and builds what is missing, then runs `mayfly up --example` with the flags given after `--`.
import { join } from 'node:path';
import { become, ensureBuilt, ensureInstalled, root } from './workspace.mjs';

ensureInstalled();
ensureBuilt();
become([join(root, 'packages/mayfly/bin/mayfly.js'), 'up', '--example', ...process.argv.slice(2)]);
