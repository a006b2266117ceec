/** Writes docs/reference/metrics.md and docs/reference/errors.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsReference } from './reference/errors.ts';
import { metricsReference } from './reference/metrics.ts';

const directory = join(import.meta.dirname, '../docs/reference');
writeFileSync(join(directory, 'metrics.md'), metricsReference());
writeFileSync(join(directory, 'errors.md'), errorsReference());
