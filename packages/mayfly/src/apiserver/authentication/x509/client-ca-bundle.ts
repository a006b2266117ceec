/**
 * The anchors of client certificates: the built-in CA, and every certificate of `--client-ca-file`.
 *
 * The file is read again every minute. One that cannot be read, holds no certificate or a broken one leaves the last good
 * bundle in use: a slip of an editor must not lock everybody out, nor let anybody in.
 *
 * @see kubernetes/apiserver pkg/server/dynamiccertificates/dynamic_cafile_content.go
 */
import type { Clock, Timer } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import { type Certificate, parseCertificate } from '../../../x509/certificate.ts';
import { parsePEM } from '../../../x509/pem.ts';
import { TrustAnchors } from '../../../x509/verify.ts';
import type { ClientCAs } from './x509.ts';

export interface ClientCABundleOptions {
  /** Anchors that no file can take away. */
  readonly builtIn: readonly Certificate[];
  /** Undefined: the built-in anchors alone. */
  readonly file: string | undefined;
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  readonly log: Log;
}

const POLL_INTERVAL_MS = 60_000;

export class ClientCABundle implements ClientCAs {
  readonly #options: ClientCABundleOptions;
  #anchors: TrustAnchors;
  #text = '';
  #timer: Timer | undefined;

  private constructor(options: ClientCABundleOptions) {
    this.#options = options;
    this.#anchors = new TrustAnchors(options.builtIn);
  }

  /** @throws Error when the file cannot be used: at start there is no last good one */
  static async open(options: ClientCABundleOptions): Promise<ClientCABundle> {
    const bundle = new ClientCABundle(options);
    if (options.file === undefined) return bundle;
    await bundle.#load(options.file);
    bundle.#timer = bundle.#schedule();
    return bundle;
  }

  current(): TrustAnchors {
    return this.#anchors;
  }

  /** Reads the file now; never rejects. */
  async refresh(): Promise<void> {
    const { file, log } = this.#options;
    if (file === undefined) return;
    try {
      await this.#load(file);
    } catch (error) {
      log.warn('client CA bundle not reloaded; the last good one stays in use', {
        file,
        error: (error as Error).message,
      });
    }
  }

  close(): void {
    this.#timer?.cancel();
  }

  async #load(file: string): Promise<void> {
    const text = await this.#options.readFile(file);
    if (text === this.#text) return;
    const certificates = parseBundle(text);
    this.#anchors = new TrustAnchors([...this.#options.builtIn, ...certificates]);
    this.#text = text;
  }

  #schedule(): Timer {
    return this.#options.clock.setTimer(POLL_INTERVAL_MS, () => {
      void this.refresh();
      this.#timer = this.#schedule();
    });
  }
}

/** @throws Error when there is no certificate or one is broken */
function parseBundle(text: string): Certificate[] {
  const blocks = parsePEM(text).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length === 0) throw new Error('no certificate in the bundle');
  return blocks.map(({ bytes }) => parseCertificate(bytes));
}
