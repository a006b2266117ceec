import manifest from '../../package.json' with { type: 'json' };

/** The release, from the package's manifest. */
export const VERSION: string = manifest.version;
