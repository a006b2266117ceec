import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfigError } from '../../config/config-error.ts';
import { silentLog } from '../../log/log.ts';
import { systemRandom } from '../../random/random.ts';
import { formatKeyed, issueCA, validityFrom } from '../../x509/issue.ts';
import { openRootCA } from './root-ca.ts';

const { cert, key } = formatKeyed(
  issueCA({ ...validityFrom(Date.UTC(2026, 0, 1), 86_400_000), commonName: 'a root', random: systemRandom }),
);

describe('the published bundle', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mayfly-root-ca-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const open = async (text: string): Promise<string> => {
    const file = join(folder, 'root.pem');
    await writeFile(file, text);
    return (await openRootCA(file, { caPEM: 'ours', servingCABundle: () => 'ours' }, silentLog))();
  };

  test('is what the file holds, and no text around it', async () => {
    assert.equal(await open(`subject: a root\n${cert}\n${cert}`), cert + cert);
  });

  for (const { name, text } of [
    { name: 'a key', text: key },
    { name: 'a key behind a certificate', text: cert + key },
    { name: 'nothing', text: '' },
    { name: 'a torn certificate', text: cert.slice(0, 200) },
  ])
    test(`is refused from a file with ${name}, which the message does not quote`, async () => {
      const message = `--root-ca-file ${join(folder, 'root.pem')} is not a PEM bundle of certificates`;
      await assert.rejects(open(text), new ConfigError(message));
    });

  test('is refused from a file that is missing', async () => {
    const file = join(folder, 'nowhere');
    const opened = openRootCA(file, { caPEM: 'ours', servingCABundle: () => 'ours' }, silentLog);
    await assert.rejects(opened, new ConfigError(`--root-ca-file ${file} cannot be read (ENOENT)`));
  });

  test('follows the serving certificate otherwise, and says when that comes without its root', async () => {
    const warned: string[] = [];
    const log = { ...silentLog, warn: (text: string) => void warned.push(text) };
    let serving: string | undefined = 'one';
    const current = await openRootCA(undefined, { caPEM: 'ours', servingCABundle: () => serving }, log);
    assert.equal(current(), 'one');
    serving = 'two';
    assert.equal(current(), 'two');
    assert.deepEqual(warned, []);
    serving = undefined;
    assert.equal((await openRootCA(undefined, { caPEM: 'ours', servingCABundle: () => serving }, log))(), 'ours');
    assert.match(warned.join(), /--root-ca-file/);
  });
});
