/** Writes docs/reference/flags.md from the settings. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagsReference } from '../packages/mayfly/src/config/reference.ts';

const directory = join(import.meta.dirname, '../docs/reference');
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'flags.md'), flagsReference());
