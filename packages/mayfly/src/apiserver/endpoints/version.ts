/** `/version`. kubectl warns when minors differ by more than one, so ours is the minor whose contract we keep. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/**
 * @param version of the program, e.g. `0.1.0`
 * @param platform e.g. `linux/x64`
 * @param runtime e.g. `v26.10.0`
 */
export function versionInfo(version: string, platform: string, runtime: string): VersionInfo {
  return {
    major: '1',
    minor: '35',
    gitVersion: `v1.35.0+mayfly-${version}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${runtime}`,
    compiler: 'node',
    platform,
  };
}
