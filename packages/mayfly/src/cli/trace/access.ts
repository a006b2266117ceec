/**
 * What RBAC lets a token's account reach: the server's own answer to "what may I do", asked in the account's name.
 *
 * Rules are told for one namespace at a time. The account's own is asked, those in which a RoleBinding names it, and one that
 * does not exist: what holds there holds everywhere.
 */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { PolicyRule } from '@mayfly/api/rbac/v1/rules';
import { serviceAccountGroups, serviceAccountUsername } from '@mayfly/api/user/user';
import { callAPI, statusMessage } from '../api-client.ts';
import { CommandError } from '../failure.ts';
import type { ServerAccess } from '../kubeconfig.ts';

export interface ReachScope {
  /** Empty: everywhere. */
  readonly namespace: string;
  /** Beyond what everybody may, and what holds everywhere. */
  readonly rules: readonly PolicyRule[];
}

export interface Reach {
  readonly scopes: readonly ReachScope[];
  /** What could not be found out, and which right would help. */
  readonly gaps: readonly string[];
}

/** Names of namespaces cannot begin with a dash, so there is none of this name. */
const NOWHERE = '-';
const MAX_NAMESPACES = 50;

export async function accessOf(access: ServerAccess, { metadata, spec }: IssuedToken): Promise<Reach> {
  const own = metadata?.namespace ?? '';
  const username = serviceAccountUsername(own, spec.serviceAccountName);
  const gaps: string[] = [];
  const bound = await boundNamespaces(access, username, own).catch((error: CommandError) => {
    gaps.push(`namespaces other than ${own} are not looked at: ${error.message}`);
    return [];
  });
  const namespaces = [...new Set([own, ...bound])];
  if (namespaces.length > MAX_NAMESPACES)
    gaps.push(`only ${MAX_NAMESPACES} of ${namespaces.length} namespaces are shown`);
  try {
    const everywhere = (await rulesIn(access, username, NOWHERE)).filter((rule) => !isEverybodys(rule));
    const scopes = [{ namespace: '', rules: everywhere }];
    const known = new Set(everywhere.map((rule) => JSON.stringify(rule)));
    for (const namespace of namespaces.slice(0, MAX_NAMESPACES)) {
      const rules = (await rulesIn(access, username, namespace)).filter(
        (rule) => !isEverybodys(rule) && !known.has(JSON.stringify(rule)),
      );
      scopes.push({ namespace, rules });
    }
    return { scopes: scopes.filter(({ rules }) => rules.length > 0), gaps };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { scopes: [], gaps: [`what it may do is unknown: ${error.message}`, ...gaps] };
  }
}

interface RulesReview {
  readonly status?: {
    readonly resourceRules?: readonly PolicyRule[];
    readonly nonResourceRules?: readonly PolicyRule[];
  };
}

/** @throws CommandError when the server refuses */
async function rulesIn(access: ServerAccess, username: string, namespace: string): Promise<readonly PolicyRule[]> {
  const group = 'authorization.k8s.io/v1';
  const review = { apiVersion: group, kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const path = `/apis/${group}/selfsubjectrulesreviews`;
  const response = await callAPI(access, 'POST', path, review, { 'impersonate-user': username });
  if (response.status !== 201) throw new CommandError(statusMessage(response));
  const { resourceRules = [], nonResourceRules = [] } = (response.body as RulesReview).status ?? {};
  return [...resourceRules, ...nonResourceRules];
}

/** Questions about oneself, discovery, health: every authenticated user has these. */
function isEverybodys({ verbs, apiGroups = [], resources = [], nonResourceURLs = [] }: PolicyRule): boolean {
  if (nonResourceURLs.length > 0) return verbs.join() === 'get' && nonResourceURLs.every((url) => PUBLIC.test(url));
  const asks = apiGroups.every((group) => group === 'authorization.k8s.io' || group === 'authentication.k8s.io');
  return asks && verbs.join() === 'create' && resources.every((resource) => resource.startsWith('selfsubject'));
}

const PUBLIC = /^\/(?:api|apis|healthz|livez|readyz|openapi|version|openid|\.well-known)(?:\/|$)/;

interface RoleBindings {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly {
    readonly metadata?: { readonly namespace?: string };
    readonly subjects?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[];
  }[];
}

/** @throws CommandError when the server refuses */
async function boundNamespaces(access: ServerAccess, username: string, own: string): Promise<readonly string[]> {
  const found: string[] = [];
  const groups = [...serviceAccountGroups(own), 'system:authenticated'];
  let next = '';
  do {
    const path = `/apis/rbac.authorization.k8s.io/v1/rolebindings?limit=500&continue=${encodeURIComponent(next)}`;
    const response = await callAPI(access, 'GET', path);
    if (response.status !== 200) throw new CommandError(statusMessage(response));
    const { metadata, items = [] } = response.body as RoleBindings;
    for (const { metadata: place, subjects = [] } of items) {
      const isNamed = subjects.some(({ kind = '', name = '', namespace = '' }) =>
        kind === 'Group'
          ? groups.includes(name)
          : username === (kind === 'ServiceAccount' ? serviceAccountUsername(namespace, name) : name),
      );
      if (isNamed) found.push(place?.namespace ?? '');
    }
    next = metadata?.continue ?? '';
  } while (next !== '');
  return found;
}

/** Rights by which a holder can take more than they say: worth reading first. */
export function isPowerful({ verbs, resources = [], resourceNames = [] }: PolicyRule): boolean {
  const has = (verb: string): boolean => verbs.includes(verb) || verbs.includes('*');
  const on = (...names: string[]): boolean => resources.includes('*') || names.some((name) => resources.includes(name));
  if (['escalate', 'bind', 'impersonate'].some((verb) => verbs.includes(verb))) return true;
  if (resources.includes('*') && (verbs.includes('*') || has('create') || has('update'))) return true;
  if (on('secrets') && resourceNames.length === 0 && (has('get') || has('list') || has('watch'))) return true;
  return has('create') && on('serviceaccounts/token', 'pods', 'rolebindings', 'clusterrolebindings');
}
