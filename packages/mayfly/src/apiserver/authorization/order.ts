/** `--authorization-mode`: which authorizers are asked, and in which order. @see spec authorization §2 */
import { MASTERS_GROUP } from '@mayfly/api/user/user';
import { goQuote, goQuoteList } from '@mayfly/api/validation/field-error';
import type { Awaitable } from '../../awaitable.ts';
import { alwaysAllowAuthorizer, alwaysDenyAuthorizer } from './always.ts';
import type { Attributes, AuthorizationVerdict, Authorizer, RuleResolver } from './authorizer.ts';
import { privilegedGroupAuthorizer } from './privileged-group.ts';
import { unionAuthorizer, unionRuleResolver } from './union.ts';

export const AUTHORIZATION_MODES = ['AlwaysAllow', 'AlwaysDeny', 'RBAC'] as const;
export type AuthorizationMode = (typeof AUTHORIZATION_MODES)[number];

/** What is wrong with a list of modes, in Kubernetes' words; undefined when it may be used. */
export function authorizationModesProblem(modes: readonly string[]): string | undefined {
  if (modes.length === 0) return 'at least one authorization-mode must be passed';
  for (const mode of modes) if (!isMode(mode)) return `authorization-mode ${goQuote(mode)} is not a valid mode`;
  if (new Set(modes).size < modes.length)
    return `authorization-mode ${goQuoteList(modes)} has mode specified more than once`;
  return undefined;
}

function isMode(mode: string): mode is AuthorizationMode {
  return (AUTHORIZATION_MODES as readonly string[]).includes(mode);
}

/**
 * The authorizer of the server: the privileged group, then `modes` in order.
 *
 * @param deps.rbac asked where `modes` says `RBAC`
 * @throws if `authorizationModesProblem` names one: a server must not start half guarded
 */
export function newAuthorizer(deps: {
  readonly modes: readonly string[];
  readonly rbac: Authorizer & RuleResolver;
}): Authorizer & RuleResolver {
  const problem = authorizationModesProblem(deps.modes);
  if (problem !== undefined) throw new Error(problem);
  const chain = deps.modes.map((mode) => authorizerOf(mode, deps.rbac));
  const [only] = chain;
  // With one mode the union would add two promises and change nothing: its verdict is the chain's.
  const configured = chain.length === 1 && only !== undefined ? only : unionAuthorizer(chain);
  return {
    authorize: (attributes: Attributes): Awaitable<AuthorizationVerdict> =>
      attributes.user.groups.includes(MASTERS_GROUP)
        ? privilegedGroupAuthorizer.authorize(attributes)
        : configured.authorize(attributes),
    rulesFor: (user, namespace) => unionRuleResolver(chain).rulesFor(user, namespace),
  };
}

function authorizerOf(mode: string, rbac: Authorizer & RuleResolver): Authorizer & RuleResolver {
  if (mode === 'AlwaysAllow') return alwaysAllowAuthorizer;
  if (mode === 'AlwaysDeny') return alwaysDenyAuthorizer;
  return rbac;
}
