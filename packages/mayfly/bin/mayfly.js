#!/usr/bin/env node
// Keeps V8's compiled code between runs, then starts the bundle.
import { enableCompileCache } from 'node:module';

enableCompileCache?.();
await import('../dist/main.js');
