/**
 * What may be issued for an account: its own annotations and those of its namespace, of which the stricter counts.
 *
 * The namespace's are the platform team's, the account's the workload team's. Neither can widen what the other, or the
 * server, allows, with one exception that has an end: a namespace may keep the grace period until a date where the server
 * gives none. A value that cannot be read issues nothing; one about the grace period only means that there is none.
 *
 * Pure; `registry/serviceaccount/token.ts` looks the objects up. Texts go to the caller and name the rule. See ADR 0010.
 */
import {
  ALLOWED_AUDIENCES_ANNOTATION,
  EXTENDED_EXPIRATION_ANNOTATION,
  EXTENDED_EXPIRATION_UNTIL_ANNOTATION,
  MAX_TOKEN_EXPIRATION_ANNOTATION,
  type ReadTokenPolicy,
  readTokenPolicy,
  type TokenPolicyFault,
} from '@mayfly/api/identity/v1alpha1/token-policy';
import { goQuote } from '@mayfly/api/validation/field-error';
import type { ReferencedObject } from './getter.ts';

export type PolicyRule = 'allowed-audiences' | 'max-token-expiration' | 'unreadable-annotation';

export interface PolicyRefusal {
  readonly rule: PolicyRule;
  /** For the caller: names annotation and object. */
  readonly message: string;
}

/** A limit and who set it. */
export interface LifetimeLimit {
  /** 600 to 2^32. */
  readonly maxSeconds: number;
  /** `annotation identity.mayfly.dev/max-token-expiration of namespace "ns1"`. */
  readonly setBy: string;
}

/** What one object says. */
interface Statement {
  readonly kind: 'namespace' | 'serviceaccount';
  readonly name: string;
  readonly read: ReadTokenPolicy;
}

export interface IssuancePolicy {
  /** In the order in which they are asked: the namespace's, then the account's. */
  readonly statements: readonly Statement[];
}

const GRACE = new Set([EXTENDED_EXPIRATION_ANNOTATION, EXTENDED_EXPIRATION_UNTIL_ANNOTATION]);

/** @param objects as looked up; undefined: it does not exist, and says nothing */
export function issuancePolicy(objects: {
  readonly namespace: ReferencedObject | undefined;
  readonly serviceAccount: ReferencedObject;
}): IssuancePolicy {
  const { namespace, serviceAccount } = objects;
  const statements: Statement[] = [];
  if (namespace?.metadata.annotations !== undefined) statements.push(statementOf('namespace', namespace));
  if (serviceAccount.metadata.annotations !== undefined) statements.push(statementOf('serviceaccount', serviceAccount));
  return statements.length === 0 ? SILENT : { statements };
}

const SILENT: IssuancePolicy = { statements: [] };

/** Annotations are read once for each version of an object: they are shared and never changed. */
const readOnce = new WeakMap<object, ReadTokenPolicy>();

function statementOf(kind: Statement['kind'], { metadata }: ReferencedObject): Statement {
  const { annotations = {}, name = '' } = metadata;
  let read = readOnce.get(annotations);
  if (read === undefined) {
    read = readTokenPolicy(annotations);
    readOnce.set(annotations, read);
  }
  return { kind, name, read };
}

/**
 * Why no token may be issued for these audiences; undefined when one may.
 *
 * @param audiences as the token would have them, defaults filled in
 */
export function policyRefusal({ statements }: IssuancePolicy, audiences: readonly string[]): PolicyRefusal | undefined {
  for (const statement of statements) {
    const fault = statement.read.faults.find(({ annotation }) => !GRACE.has(annotation));
    if (fault !== undefined) return { rule: 'unreadable-annotation', message: faultText(statement, fault) };
    const allowed = statement.read.policy.allowedAudiences;
    const refused = allowed && audiences.find((audience) => !allowed.has(audience));
    if (allowed === undefined || refused === undefined) continue;
    return {
      rule: 'allowed-audiences',
      message: `audience ${goQuote(refused)} is not among those that ${ruleText(statement, ALLOWED_AUDIENCES_ANNOTATION)} allows: ${[...allowed].join(', ')}`,
    };
  }
  return undefined;
}

/** The smaller maximum; undefined when none is set. Faults were refused before. */
export function lifetimeLimit({ statements }: IssuancePolicy): LifetimeLimit | undefined {
  let smallest: LifetimeLimit | undefined;
  for (const statement of statements) {
    const { maxSeconds } = statement.read.policy;
    if (maxSeconds === undefined || (smallest !== undefined && smallest.maxSeconds <= maxSeconds)) continue;
    smallest = { maxSeconds, setBy: ruleText(statement, MAX_TOKEN_EXPIRATION_ANNOTATION) };
  }
  return smallest;
}

export interface GraceVerdict {
  readonly extend: boolean;
  /** For the caller, when a value cannot be read and there is no grace period for that reason. */
  readonly warning: string | undefined;
}

/**
 * Whether a pod's default token gets the grace period.
 *
 * @param serverExtends `--service-account-extend-token-expiration`
 */
export function graceVerdict({ statements }: IssuancePolicy, serverExtends: boolean, nowMs: number): GraceVerdict {
  let extend = serverExtends;
  for (const statement of statements) {
    const fault = statement.read.faults.find(({ annotation }) => GRACE.has(annotation));
    if (fault !== undefined) return { extend: false, warning: `no grace period: ${faultText(statement, fault)}` };
    const { extended, extendedUntilMs } = statement.read.policy;
    const isOver = extendedUntilMs === undefined ? extended === false : nowMs >= extendedUntilMs;
    if (isOver) return { extend: false, warning: undefined };
    // Only whoever may write namespaces, and only until a date: a workload team must not undo the platform's decision.
    if (statement.kind === 'namespace' && extended === true && extendedUntilMs !== undefined) extend = true;
  }
  return { extend, warning: undefined };
}

function ruleText({ kind, name }: Statement, annotation: string): string {
  return `annotation ${annotation} of ${kind} ${goQuote(name)}`;
}

function faultText(statement: Statement, { annotation, value, message }: TokenPolicyFault): string {
  return `${ruleText(statement, annotation)} cannot be read: ${goQuote(value.slice(0, MAX_QUOTED))} ${message}`;
}

/** Annotations may be large; a message is not the place for one. Characters. */
const MAX_QUOTED = 100;
