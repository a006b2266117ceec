/**
 * The four RBAC kinds as the authorizer reads them: the parts that decide, readonly.
 *
 * @see kubernetes/api rbac/v1/types.go
 */
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';
export const RBAC_API_VERSION = 'rbac.authorization.k8s.io/v1';

/** Absent lists are empty. A rule is about resources or about URLs, never both. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface LabelSelectorSource {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface AggregationRule {
  readonly clusterRoleSelectors?: readonly LabelSelectorSource[];
}

interface Named {
  readonly apiVersion?: string;
  readonly metadata?: ObjectMeta;
}

export interface Role extends Named {
  readonly kind?: string;
  readonly rules?: readonly PolicyRule[] | null;
}

export interface ClusterRole extends Named {
  readonly kind?: string;
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: AggregationRule | null;
}

export interface RoleBinding extends Named {
  readonly kind?: string;
  readonly subjects?: readonly Subject[] | null;
  readonly roleRef: RoleRef;
}

export interface ClusterRoleBinding extends Named {
  readonly kind?: string;
  readonly subjects?: readonly Subject[] | null;
  readonly roleRef: RoleRef;
}

export const NO_RULES: readonly PolicyRule[] = [];
