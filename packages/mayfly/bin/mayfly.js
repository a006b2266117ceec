#!/usr/bin/env node
// Keeps V8's compiled code between runs, then starts the bundle.
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`error: mayfly needs Node.js 22.18 or newer, this is ${process.version}; in a checkout use npx mayfly`);
  process.exit(1);
}

// Node.js 22 calls its SQLite experimental; what we use of it, our own suite holds it to. Other warnings stay.
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
};

module.enableCompileCache();
await import('../dist/main.js');
