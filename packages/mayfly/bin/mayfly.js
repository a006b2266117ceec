#!/usr/bin/env node
// Keeps V8's compiled code between runs, then starts the bundle.
import { enableCompileCache } from 'node:module';

// Node.js 22 calls its SQLite experimental; what we use of it, our own suite holds it to. Other warnings stay.
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
};

enableCompileCache?.();
await import('../dist/main.js');
