import { open, rename, rm } from 'node:fs/promises';

/**
 * Replaces a file so that a reader, or a crash, meets the old content or the new, never a part.
 *
 * @param mode permission bits of the new file
 */
export async function writeFileAtomic(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  try {
    await writeWhole(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }); // half a file on a full disk takes what little room there is
    throw error;
  }
}

async function writeWhole(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.chmod(mode); // the umask may have taken bits away, and `mode` is a promise to operators
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
