/** Every stored kind, in the order discovery lists them within a group. */
import { leaseStrategy } from './coordination/lease/strategy.ts';
import { configMapStrategy } from './core/configmap/strategy.ts';
import { eventStrategy } from './core/event/strategy.ts';
import { namespaceStrategy } from './core/namespace/strategy.ts';
import { nodeStrategy } from './core/node/strategy.ts';
import { podStrategy } from './core/pod/strategy.ts';
import { secretStrategy } from './core/secret/strategy.ts';
import { serviceStrategy } from './core/service/strategy.ts';
import { serviceAccountStrategy } from './core/serviceaccount/strategy.ts';
import type { Strategy } from './generic/strategy.ts';
import { clusterRoleStrategy } from './rbac/clusterrole/strategy.ts';
import { clusterRoleBindingStrategy } from './rbac/clusterrolebinding/strategy.ts';
import { roleStrategy } from './rbac/role/strategy.ts';
import { roleBindingStrategy } from './rbac/rolebinding/strategy.ts';

export const STRATEGIES: readonly Strategy[] = [
  configMapStrategy,
  eventStrategy,
  namespaceStrategy,
  nodeStrategy,
  podStrategy,
  secretStrategy,
  serviceAccountStrategy,
  serviceStrategy,
  leaseStrategy,
  clusterRoleBindingStrategy,
  clusterRoleStrategy,
  roleBindingStrategy,
  roleStrategy,
];
