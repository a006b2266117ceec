/**
 * Runs the benchmarks one after another and prints a line per figure.
 *
 * Usage: npm run bench -- [--smoke] [--json FILE] [NAME ...]     NAME: storage, startup, http, scale …
 */
import { readdir, writeFile } from 'node:fs/promises';
import { arch, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, formatRow, type Row } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, json: { type: 'string' } },
});

const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.bench.ts')).sort();
const names = files.map((file) => file.replace('.bench.ts', ''));
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`error: no benchmark named ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(2);
}

console.log(
  `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
const rows: Row[] = [];
for (const name of names.filter((each) => positionals.length === 0 || positionals.includes(each))) {
  console.log(`\n${name}`);
  const { bench } = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as Bench;
  await bench(
    (row) => {
      rows.push(row);
      console.log(`  ${formatRow(row)}`);
    },
    { smoke: values.smoke },
  );
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
