/**
 * Every setting of `mayfly up` and `mayfly server`, once.
 *
 * From this list come the flags and their help, the keys of the YAML file, the environment variables, what
 * `mayfly config` prints, docs/reference/flags.md and the type `ServerConfig`. A name, default or meaning that
 * kube-apiserver has is taken from there.
 *
 * @see spec command-line "Flags of up and server"; service-account-tokens §12, §15.1
 */
import type { Kind, KindValues } from './kinds.ts';

export type ServerCommand = 'up' | 'server';

export interface SettingDefinition<K extends Kind = Kind> {
  /** Property of `ServerConfig`; also the YAML key, less a trailing unit (`Ms`). */
  readonly name: string;
  readonly flag: string;
  readonly kind: K;
  readonly group: string;
  readonly help: string;
  readonly default: { readonly [C in ServerCommand]: KindValues[K] };
  /** May be given several times. */
  readonly repeatable?: boolean;
  /** The default as help shows it, where the value itself says too little. */
  readonly defaultText?: string;
}

/** The same default for both commands. */
function both<const V>(value: V): { readonly up: V; readonly server: V } {
  return { up: value, server: value };
}

const NOTHING = both(undefined);
const none: readonly string[] = Object.freeze([]);

function setting<const N extends string, const K extends Kind>(
  definition: SettingDefinition<K> & { readonly name: N },
): SettingDefinition<K> & { readonly name: N } {
  return definition;
}

export const SETTINGS = [
  setting({
    name: 'dataDir',
    flag: 'data-dir',
    kind: 'requiredPath',
    group: 'Storage',
    help: 'directory of all state; made with mode 0700',
    default: { up: '.mayfly', server: '/var/lib/mayfly' },
  }),
  setting({
    name: 'listen',
    flag: 'listen',
    kind: 'address',
    group: 'Serving',
    help: 'address of the API server; port 0 picks a free one',
    default: { up: { host: '127.0.0.1', port: 6443 }, server: { host: '0.0.0.0', port: 6443 } },
  }),
  setting({
    name: 'externalHostname',
    flag: 'external-hostname',
    kind: 'string',
    group: 'Serving',
    help: 'host name by which others reach this server; used in discovery documents and in the certificate',
    default: NOTHING,
    defaultText: 'the address it listens on',
  }),
  setting({
    name: 'http1Only',
    flag: 'http1-only',
    kind: 'boolean',
    group: 'Serving',
    help: 'do not offer HTTP/2; faster where nothing but TokenReview is served',
    default: both(false),
  }),
  setting({
    name: 'tlsCertFile',
    flag: 'tls-cert-file',
    kind: 'path',
    group: 'Serving',
    help: 'PEM serving certificate, followed by its intermediates; read again when it changes',
    default: NOTHING,
    defaultText: 'made by the built-in CA',
  }),
  setting({
    name: 'tlsPrivateKeyFile',
    flag: 'tls-private-key-file',
    kind: 'path',
    group: 'Serving',
    help: 'PEM private key that belongs to --tls-cert-file',
    default: NOTHING,
    defaultText: 'made by the built-in CA',
  }),
  setting({
    name: 'serviceAccountIssuer',
    flag: 'service-account-issuer',
    kind: 'strings',
    group: 'Service account tokens',
    help: 'issuer of tokens; the first signs, all are accepted',
    default: both(Object.freeze(['https://kubernetes.default.svc'])),
    repeatable: true,
  }),
  setting({
    name: 'apiAudiences',
    flag: 'api-audiences',
    kind: 'list',
    group: 'Service account tokens',
    help: 'audiences of this API server; a token that asks for none gets these',
    default: both(none),
    defaultText: 'the issuers',
    repeatable: true,
  }),
  setting({
    name: 'serviceAccountSigningKeyFile',
    flag: 'service-account-signing-key-file',
    kind: 'path',
    group: 'Service account tokens',
    help: 'PEM private key that signs tokens; its public half must be among --service-account-key-file; keys do not rotate then',
    default: NOTHING,
    defaultText: 'keys made by Mayfly, which rotate',
  }),
  setting({
    name: 'serviceAccountKeyFile',
    flag: 'service-account-key-file',
    kind: 'strings',
    group: 'Service account tokens',
    help: 'PEM file of keys, public or private, that verify tokens, beside those made by Mayfly unless a file signs',
    default: both(none),
    defaultText: 'the keys made by Mayfly',
    repeatable: true,
  }),
  setting({
    name: 'serviceAccountSigningAlgorithm',
    flag: 'service-account-signing-algorithm',
    kind: 'algorithm',
    group: 'Service account tokens',
    help: 'algorithm of signing keys made by Mayfly: RS256, ES256, ES384 or ES512; another one is introduced by a rotation',
    default: both('RS256'),
  }),
  setting({
    name: 'serviceAccountKeyRotationMs',
    flag: 'service-account-key-rotation',
    kind: 'duration',
    group: 'Service account tokens',
    help: 'how long a signing key made by Mayfly signs until another takes over, at least 2h; 0 means until mayfly keys rotate',
    default: both(30 * 24 * 3_600_000),
  }),
  setting({
    name: 'serviceAccountMaxTokenExpirationMs',
    flag: 'service-account-max-token-expiration',
    kind: 'duration',
    group: 'Service account tokens',
    help: 'longest lifetime of a token, 1h to 2^32 s; a longer request is shortened; 0 means no cap',
    default: both(0),
  }),
  setting({
    name: 'serviceAccountExtendTokenExpiration',
    flag: 'service-account-extend-token-expiration',
    kind: 'boolean',
    group: 'Service account tokens',
    help: 'give tokens injected into pods a year and warn when they are used after their hour',
    default: both(true),
  }),
  setting({
    name: 'serviceAccountLookup',
    flag: 'service-account-lookup',
    kind: 'boolean',
    group: 'Service account tokens',
    help: 'legacy tokens must exist as Secrets; bound tokens are always looked up',
    default: both(true),
  }),
  setting({
    name: 'serviceAccountLegacyTokens',
    flag: 'service-account-legacy-tokens',
    kind: 'legacyTokens',
    group: 'Service account tokens',
    help: 'tokens from Secrets, which never expire: allow, warn each user, or deny; a namespace may have a label of its own',
    default: both('allow'),
  }),
  setting({
    name: 'legacyServiceAccountTokenCleanUpPeriodMs',
    flag: 'legacy-service-account-token-clean-up-period',
    kind: 'duration',
    group: 'Service account tokens',
    help: 'an auto-generated legacy token unused for this long is refused, and after as long again deleted',
    default: both(8760 * 3_600_000),
  }),
  setting({
    name: 'serviceAccountJWKSURI',
    flag: 'service-account-jwks-uri',
    kind: 'string',
    group: 'Service account tokens',
    help: 'https address of the key set, as told by the discovery document',
    default: NOTHING,
    defaultText: '/openid/v1/jwks on the external address',
  }),
  setting({
    name: 'serviceAccountStatusListURI',
    flag: 'service-account-status-list-uri',
    kind: 'string',
    group: 'Service account tokens',
    help: 'https address below which relying parties fetch token status lists',
    default: NOTHING,
    defaultText: '/openid/v1/token-status-lists at the issuer',
  }),
  setting({
    name: 'clientCAFile',
    flag: 'client-ca-file',
    kind: 'path',
    group: 'Authentication',
    help: 'PEM bundle of CAs whose client certificates are accepted, beside the built-in one; read again when it changes',
    default: NOTHING,
  }),
  setting({
    name: 'anonymousAuth',
    flag: 'anonymous-auth',
    kind: 'boolean',
    group: 'Authentication',
    help: 'requests without credentials are system:anonymous instead of being refused',
    default: both(true),
  }),
  setting({
    name: 'authorizationMode',
    flag: 'authorization-mode',
    kind: 'modes',
    group: 'Authorization',
    help: 'authorizers in order: Node, RBAC, AlwaysAllow, AlwaysDeny',
    default: both(Object.freeze(['Node', 'RBAC'] as const)),
    repeatable: true,
  }),
  setting({
    name: 'enableAdmissionPlugins',
    flag: 'enable-admission-plugins',
    kind: 'list',
    group: 'Admission',
    help: 'admission plugins to run beside those that are on by default: NamespaceLifecycle, ServiceAccount',
    default: both(none),
    repeatable: true,
  }),
  setting({
    name: 'disableAdmissionPlugins',
    flag: 'disable-admission-plugins',
    kind: 'list',
    group: 'Admission',
    help: 'admission plugins not to run although they are on by default',
    default: both(none),
    repeatable: true,
  }),
  setting({
    name: 'controllers',
    flag: 'controllers',
    kind: 'list',
    group: 'Controllers',
    help: 'controllers to run; * is all that are not mentioned, -NAME switches one off: namespace-controller, serviceaccount-controller, serviceaccount-token-controller, legacy-serviceaccount-token-cleaner-controller, root-ca-certificate-publisher-controller, clusterrole-aggregation-controller',
    default: both(Object.freeze(['*'])),
    repeatable: true,
  }),
  setting({
    name: 'rootCAFile',
    flag: 'root-ca-file',
    kind: 'path',
    group: 'Controllers',
    help: 'PEM bundle that verifies the serving certificate, published to pods as kube-root-ca.crt and in token Secrets',
    default: NOTHING,
    defaultText: 'the built-in CA, or the root in --tls-cert-file',
  }),
  setting({
    name: 'auditLogPath',
    flag: 'audit-log-path',
    kind: 'path',
    group: 'Audit',
    help: 'file of the audit log; - is standard output',
    default: NOTHING,
    defaultText: 'audit.log in the data directory',
  }),
  setting({
    name: 'auditLogMaxage',
    flag: 'audit-log-maxage',
    kind: 'integer',
    group: 'Audit',
    help: 'days to keep rotated audit files; 0 keeps them however old',
    default: both(0),
  }),
  setting({
    name: 'auditLogMaxbackup',
    flag: 'audit-log-maxbackup',
    kind: 'integer',
    group: 'Audit',
    help: 'rotated audit files to keep; 0 keeps all',
    default: both(10),
  }),
  setting({
    name: 'auditLogMaxsize',
    flag: 'audit-log-maxsize',
    kind: 'integer',
    group: 'Audit',
    help: 'size in MB at which the audit file is rotated; 0 means 100',
    default: both(100),
  }),
  setting({
    name: 'v',
    flag: 'v',
    kind: 'integer',
    group: 'Logging',
    help: 'log level: 0 errors and warnings, 1 what happens, 4 details and stacks',
    default: both(1),
  }),
] as const;

type Settings = (typeof SETTINGS)[number];
export type SettingName = Settings['name'];

/** The value of every setting, typed by its kind. */
export type SettingValues = {
  readonly [S in Settings as S['name']]: KindValues[S['kind']];
};

/** `--v` is two dashes too: one way to write a flag. */
export function flagOf(setting: SettingDefinition): string {
  return `--${setting.flag}`;
}

/** `MAYFLY_` and the flag in upper snake case: `MAYFLY_DATA_DIR`. */
export function environmentOf(setting: SettingDefinition): string {
  return `MAYFLY_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}

/** The key in the YAML file. A duration is text there and carries its own unit. */
export function fileKeyOf(setting: SettingDefinition): string {
  return setting.kind === 'duration' ? setting.name.replace(/Ms$/, '') : setting.name;
}
