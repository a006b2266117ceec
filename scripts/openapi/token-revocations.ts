/** The Swagger of `tokenrevocations`, shaped after that of a Kubernetes kind with the same verbs. */
import { gvk, META, PREFIX, ROOT, reference, renamed, TYPE } from './our-kinds.ts';
import type { PathItem, Schema, Swagger } from './swagger.ts';

const LIKE = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

/** @param kubernetes   lends the operations of ClusterRole */
export function tokenRevocationPaths({ paths }: Swagger): Record<string, PathItem> {
  const like = (path: string): PathItem => renamed(paths[path], path, 'ClusterRole', 'TokenRevocation');
  return {
    [`${ROOT}/tokenrevocations`]: like(LIKE),
    [`${ROOT}/tokenrevocations/{name}`]: like(`${LIKE}/{name}`),
  };
}

export const TOKEN_REVOCATION_DEFINITIONS: Record<string, Schema> = {
  [`${PREFIX}.TokenRevocation`]: {
    description:
      'TokenRevocation ends service account tokens before they expire. It is final: it cannot be changed or deleted, and goes when the last token that it means has expired.',
    type: 'object',
    required: ['spec'],
    properties: {
      ...TYPE,
      metadata: reference(`${META}.ObjectMeta`, 'That of a single token has its credential id for a name.'),
      spec: reference(
        `#/definitions/${PREFIX}.TokenRevocationSpec`,
        'Which tokens. Exactly one of credentialID, serviceAccount, pod and node.',
      ),
      status: reference(`#/definitions/${PREFIX}.TokenRevocationStatus`, 'What it did. The server fills it in.'),
    },
    'x-kubernetes-group-version-kind': [gvk('TokenRevocation')],
  },
  [`${PREFIX}.TokenRevocationList`]: {
    description: 'TokenRevocationList is a list of TokenRevocation objects.',
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE,
      metadata: reference(`${META}.ListMeta`, 'Standard list metadata.'),
      items: {
        description: 'The revocations.',
        type: 'array',
        items: { $ref: `#/definitions/${PREFIX}.TokenRevocation` },
      },
    },
    'x-kubernetes-group-version-kind': [gvk('TokenRevocationList')],
  },
  [`${PREFIX}.TokenRevocationSpec`]: {
    description: 'TokenRevocationSpec says which tokens end.',
    type: 'object',
    properties: {
      credentialID: { description: 'The "jti" of one token, as the ledger and the audit log have it.', type: 'string' },
      serviceAccount: reference(`#/definitions/${PREFIX}.ObjectIdentity`, 'All tokens of this service account.'),
      pod: reference(`#/definitions/${PREFIX}.ObjectIdentity`, 'All tokens bound to this pod.'),
      node: reference(`#/definitions/${PREFIX}.ObjectIdentity`, 'All tokens bound to this node or to pods on it.'),
      issuedBefore: reference(
        `${META}.Time`,
        'Only tokens whose "iat" is before this time, which is not in the future. Absent: all that were issued before this object was stored.',
      ),
      reason: { description: 'Why, for those who read the audit log; 1024 bytes at most.', type: 'string' },
    },
  },
  [`${PREFIX}.ObjectIdentity`]: {
    description: 'ObjectIdentity is an object, and which life of it.',
    type: 'object',
    required: ['name'],
    properties: {
      namespace: { description: 'Absent for nodes.', type: 'string' },
      name: { description: 'Name of the object.', type: 'string', default: '' },
      uid: {
        description: 'UID of the object. The server fills it in; when it is given, the object must have it.',
        type: 'string',
      },
    },
  },
  [`${PREFIX}.TokenRevocationStatus`]: {
    description: 'TokenRevocationStatus is what a revocation did.',
    type: 'object',
    required: ['requestedBy'],
    properties: {
      requestedBy: reference(`#/definitions/${PREFIX}.Requester`, 'Who revoked the tokens.'),
      expirationTimestamp: reference(
        `${META}.Time`,
        'When the last of the tokens would have expired. Absent while they are being looked for.',
      ),
      tokens: {
        description: 'How many tokens are meant, those included that were revoked before.',
        type: 'integer',
        format: 'int64',
      },
      statusListIndex: { description: 'Status list entry of a single token.', type: 'integer', format: 'int64' },
      statusLists: {
        description: 'Status list entries of all the tokens.',
        type: 'array',
        items: { $ref: `#/definitions/${PREFIX}.RevokedEntries` },
        'x-kubernetes-list-type': 'atomic',
      },
    },
  },
  [`${PREFIX}.RevokedEntries`]: {
    description: 'RevokedEntries are the entries of one token status list that a revocation set.',
    type: 'object',
    required: ['id', 'revoked'],
    properties: {
      id: { description: 'Number of the list.', type: 'integer', format: 'int64', default: 0 },
      revoked: { description: 'One bit for each entry, zlib, base64.', type: 'string', default: '' },
    },
  },
};
