/** @see kubernetes/kubernetes pkg/registry/core/node/strategy.go. A kubelet registers with its status, so create keeps it. */
import {
  NODE_FIELDS,
  type Node,
  nodeFields,
  setNodeDefaults,
  validateNode,
  validateNodeUpdate,
} from '@mayfly/api/core/v1/node';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import { type Strategy, statusDefinition, type UpdatePath } from '../../generic/strategy.ts';

const definition = coreDefinition({
  resource: 'nodes',
  singular: 'node',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
});

const statusPath: UpdatePath<Node> = {
  definition: statusDefinition(definition),
  prepareForUpdate(node, old) {
    if (old.spec === undefined) delete node.spec;
    else node.spec = old.spec;
    setNodeDefaults(node);
  },
  validateUpdate: validateNodeUpdate,
};

export const nodeStrategy: Strategy<Node> = {
  definition,
  storagePath: 'minions',
  validateName: dns1123Subdomain,
  selectableFields: NODE_FIELDS,
  fields: nodeFields,
  updatePaths: [statusPath],
  prepareForCreate: setNodeDefaults,
  prepareForUpdate(node, old) {
    if (old.status === undefined) delete node.status;
    else node.status = old.status;
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
};
