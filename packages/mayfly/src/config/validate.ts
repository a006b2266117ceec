/**
 * Checks that look at more than one setting's form. Texts that kube-apiserver has are kept.
 *
 * @see spec service-account-tokens §2.7, §3.6, §12; kubernetes/kubernetes pkg/kubeapiserver/options/authentication.go
 */
import { ConfigError } from './config-error.ts';
import { unknownController } from './controllers.ts';
import { ADMISSION_PLUGINS } from './kinds.ts';
import type { SettingValues } from './settings.ts';

const HOUR_MS = 3_600_000;
const MAX_EXPIRATION_MS = 2 ** 32 * 1000;

const CHECKS: readonly ((values: SettingValues) => string | undefined)[] = [
  checkServingFiles,
  checkIssuers,
  checkAudiences,
  checkKeyFiles,
  checkKeyRotation,
  checkMaxExpiration,
  checkCleanUpPeriod,
  checkJWKSURI,
  checkStatusListURI,
  checkAuthorizationModes,
  checkAdmissionPlugins,
  ({ controllers }) => unknownController(controllers),
];

/** @throws ConfigError with the first complaint */
export function validateSettings(values: SettingValues): void {
  for (const check of CHECKS) {
    const complaint = check(values);
    if (complaint !== undefined) throw new ConfigError(complaint);
  }
}

function checkServingFiles({ tlsCertFile, tlsPrivateKeyFile }: SettingValues): string | undefined {
  if ((tlsCertFile === undefined) === (tlsPrivateKeyFile === undefined)) return undefined;
  return '--tls-cert-file and --tls-private-key-file must be given together';
}

function checkIssuers({ serviceAccountIssuer }: SettingValues): string | undefined {
  if (serviceAccountIssuer.length === 0) return 'service-account-issuer is a required flag';
  const seen = new Set<string>();
  for (const issuer of serviceAccountIssuer) {
    if (issuer === '') return 'service-account-issuer should not be an empty string';
    if (seen.has(issuer)) return `service-account-issuer "${issuer}" is already specified`;
    if (issuer.includes(':') && !URL.canParse(issuer)) {
      return `service-account-issuer "${issuer}" contained a ':' but was not a valid URL`;
    }
    seen.add(issuer);
  }
  return undefined;
}

function checkAudiences({ apiAudiences }: SettingValues): string | undefined {
  return apiAudiences.includes('') ? '--api-audiences must not hold an empty audience' : undefined;
}

function checkKeyFiles({ serviceAccountKeyFile, serviceAccountSigningKeyFile }: SettingValues): string | undefined {
  const verifies = serviceAccountKeyFile.length > 0;
  if (serviceAccountKeyFile.includes('')) return '--service-account-key-file must not be empty';
  if (serviceAccountSigningKeyFile !== undefined && !verifies) {
    return '--service-account-signing-key-file needs its public key among --service-account-key-file';
  }
  return undefined;
}

/** A key is published for more than an hour before it signs, so shorter intervals would only queue up. */
function checkKeyRotation({ serviceAccountKeyRotationMs: ms }: SettingValues): string | undefined {
  return ms === 0 || ms >= 2 * HOUR_MS ? undefined : '--service-account-key-rotation must be 0 or at least 2h';
}

function checkMaxExpiration({ serviceAccountMaxTokenExpirationMs: maxMs }: SettingValues): string | undefined {
  if (maxMs === 0 || (maxMs >= HOUR_MS && maxMs <= MAX_EXPIRATION_MS)) return undefined;
  return 'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds';
}

function checkCleanUpPeriod({ legacyServiceAccountTokenCleanUpPeriodMs: ms }: SettingValues): string | undefined {
  return ms > 0 ? undefined : 'invalid CleanUpPeriod: 0s';
}

function checkJWKSURI({ serviceAccountJWKSURI }: SettingValues): string | undefined {
  if (serviceAccountJWKSURI === undefined || serviceAccountJWKSURI.startsWith('https://')) return undefined;
  return '--service-account-jwks-uri must be an https URL';
}

function checkStatusListURI({ serviceAccountStatusListURI: uri }: SettingValues): string | undefined {
  if (uri === undefined || (URL.canParse(uri) && /^https:\/\/[^?#]+$/.test(uri))) return undefined;
  return '--service-account-status-list-uri must be an https URL without query';
}

function checkAuthorizationModes({ authorizationMode }: SettingValues): string | undefined {
  if (new Set(authorizationMode).size === authorizationMode.length) return undefined;
  return `--authorization-mode "${authorizationMode.join(',')}" has a mode more than once`;
}

/** Plugins of kube-apiserver that operators expect to protect them, and that are not built. */
const ABSENT_PLUGINS: readonly string[] = ['NodeRestriction'];

/** @see kubernetes/apiserver pkg/server/options/admission.go, Validate */
function checkAdmissionPlugins({ enableAdmissionPlugins, disableAdmissionPlugins }: SettingValues): string | undefined {
  const overlap = enableAdmissionPlugins.filter((name) => disableAdmissionPlugins.includes(name));
  return (
    pluginComplaint('enable-admission-plugins', enableAdmissionPlugins) ??
    pluginComplaint('disable-admission-plugins', disableAdmissionPlugins) ??
    (overlap.length === 0
      ? undefined
      : `[${[...new Set(overlap)].sort().join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`)
  );
}

function pluginComplaint(flag: string, names: readonly string[]): string | undefined {
  const unknown = names.find((name) => !(ADMISSION_PLUGINS as readonly string[]).includes(name));
  if (unknown === undefined) return undefined;
  const isAbsent = ABSENT_PLUGINS.includes(unknown);
  return `${flag} plugin "${unknown}" is ${isAbsent ? 'not available in this version' : 'unknown'}`;
}
