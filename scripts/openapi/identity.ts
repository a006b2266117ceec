/** The Swagger of our own group, `identity.mayfly.dev/v1alpha1`, beside the shared definitions of Kubernetes'. */
import { gvk, META, PREFIX, ROOT, reference, TYPE, text, time } from './our-kinds.ts';
import { SIGNING_KEY_DEFINITIONS, signingKeyPaths } from './signing-keys.ts';
import type { Operation, Parameter, PathItem, Schema, Swagger } from './swagger.ts';
import { TOKEN_REVOCATION_DEFINITIONS, tokenRevocationPaths } from './token-revocations.ts';

const GVK = gvk('IssuedToken');

/** @param kubernetes   lends ObjectMeta, ListMeta and the parameters of a list */
export function identitySwagger(kubernetes: Swagger): Swagger {
  const secrets = kubernetes.paths['/api/v1/namespaces/{namespace}/secrets'];
  const read = kubernetes.paths['/api/v1/namespaces/{namespace}/secrets/{name}'];
  const everywhere = kubernetes.paths['/api/v1/secrets'];
  if (!secrets || !read || !everywhere) throw new Error('the document has no secrets to copy list parameters from');
  const nameParameter: Parameter = {
    description: 'name of the IssuedToken: the "jti" claim of the token',
    in: 'path',
    name: 'name',
    required: true,
    type: 'string',
    uniqueItems: true,
  };
  const others = (read.parameters ?? []).filter(({ name }) => name !== 'name');
  return {
    parameters: kubernetes.parameters,
    definitions: {
      ...kubernetes.definitions,
      ...DEFINITIONS,
      ...SIGNING_KEY_DEFINITIONS,
      ...TOKEN_REVOCATION_DEFINITIONS,
    },
    paths: {
      [`${ROOT}/`]: { get: DISCOVERY },
      [`${ROOT}/issuedtokens`]: copyParameters(
        everywhere,
        list('listIdentityV1alpha1IssuedTokenForAllNamespaces', everywhere),
      ),
      [`${ROOT}/namespaces/{namespace}/issuedtokens`]: copyParameters(
        secrets,
        list('listIdentityV1alpha1NamespacedIssuedToken', secrets),
      ),
      [`${ROOT}/namespaces/{namespace}/issuedtokens/{name}`]: {
        parameters: [nameParameter, ...others],
        get: operation(
          'readIdentityV1alpha1NamespacedIssuedToken',
          'read the specified IssuedToken',
          'get',
          'IssuedToken',
        ),
      },
      ...signingKeyPaths(kubernetes),
      ...tokenRevocationPaths(kubernetes),
    },
  };
}

function copyParameters({ parameters }: PathItem, get: Operation): PathItem {
  return { ...(parameters ? { parameters } : {}), get };
}

function list(operationId: string, like: PathItem): Operation {
  const base = operation(operationId, 'list or watch objects of kind IssuedToken', 'list', 'IssuedTokenList');
  return like.get?.parameters ? { ...base, parameters: like.get.parameters } : base;
}

function operation(operationId: string, description: string, action: string, schema: string): Operation {
  return {
    description,
    operationId,
    tags: ['identity_v1alpha1'],
    responses: {
      '200': { description: 'OK', schema: { $ref: `#/definitions/${PREFIX}.${schema}` } },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': GVK,
  };
}

const DISCOVERY: Operation = {
  description: 'get available resources',
  operationId: 'getIdentityV1alpha1APIResources',
  tags: ['identity_v1alpha1'],
  responses: {
    '200': { description: 'OK', schema: { $ref: `${META}.APIResourceList` } },
    '401': { description: 'Unauthorized' },
  },
};

const SEEN_WITH: Readonly<Record<string, Schema>> = {
  sourceIP: text('Address that the request came from.'),
  userAgent: text('User-Agent header of the request.'),
  reviewedBy: text('User who asked about the token in a TokenReview; address and program are then those of that user.'),
};

const DEFINITIONS: Record<string, Schema> = {
  [`${PREFIX}.IssuedToken`]: {
    description:
      'IssuedToken is what is known of one service account token that this server issued: whose it is, who asked for it, until when it is good and when it was last used. The token itself is never kept. The server writes these objects; they are read-only, and go when the token has expired.',
    type: 'object',
    required: ['spec'],
    properties: {
      ...TYPE,
      metadata: reference(
        `${META}.ObjectMeta`,
        'The name is the "jti" claim of the token; the namespace is that of its service account.',
      ),
      spec: reference(`#/definitions/${PREFIX}.IssuedTokenSpec`, 'What was issued. It never changes.'),
      status: reference(`#/definitions/${PREFIX}.IssuedTokenStatus`, 'What became of the token since.'),
    },
    'x-kubernetes-group-version-kind': [GVK],
  },
  [`${PREFIX}.IssuedTokenList`]: {
    description: 'IssuedTokenList is a list of IssuedToken objects.',
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE,
      metadata: reference(`${META}.ListMeta`, 'Standard list metadata.'),
      items: { description: 'The tokens.', type: 'array', items: { $ref: `#/definitions/${PREFIX}.IssuedToken` } },
    },
    'x-kubernetes-group-version-kind': [{ ...GVK, kind: 'IssuedTokenList' }],
  },
  [`${PREFIX}.IssuedTokenSpec`]: {
    description: 'IssuedTokenSpec is what a token says, and who asked for it.',
    type: 'object',
    required: [
      'serviceAccountName',
      'serviceAccountUID',
      'audiences',
      'issuedAt',
      'expirationTimestamp',
      'keyID',
      'issuer',
      'requestedBy',
    ],
    properties: {
      serviceAccountName: text('Name of the service account that the token speaks for.'),
      serviceAccountUID: text('UID of that service account: one created later under the same name is another.'),
      audiences: {
        description: 'Who may accept the token (the "aud" claim).',
        type: 'array',
        items: { type: 'string', default: '' },
        'x-kubernetes-list-type': 'atomic',
      },
      boundObjectRef: reference(
        '#/definitions/io.k8s.api.authentication.v1.BoundObjectReference',
        'Pod, Secret or Node whose deletion ends the token. Absent when it is bound to its service account only.',
      ),
      issuedAt: time('When the token was issued (the "iat" claim).'),
      expirationTimestamp: time('When the token ends (the "exp" claim).'),
      keyID: text('Key that signed the token (the "kid" header).'),
      issuer: text('Who issued the token (the "iss" claim).'),
      requestedBy: reference(`#/definitions/${PREFIX}.Requester`, 'Who asked for the token.'),
      nodeUID: {
        description: 'UID of the node that the pod was on when the token was issued, or that the token is bound to.',
        type: 'string',
      },
      statusListIndex: {
        description:
          'Entry in the token status lists, counted through all of them. Only where the service account asks.',
        type: 'integer',
        format: 'int64',
      },
      workload: reference(
        `#/definitions/${PREFIX}.Workload`,
        'What owns the pod that the token is bound to. Absent for a token that is not bound to a pod.',
      ),
      nodeName: text('Node that the pod was on when the token was issued, or that the token is bound to.'),
      warnAfterTimestamp: time(
        'When an extended token should have been renewed (its "warnafter" claim). Absent when it was not extended.',
      ),
    },
  },
  [`${PREFIX}.Workload`]: {
    description: 'Workload is what runs a pod, as far up as names tell: a Deployment rather than its ReplicaSet.',
    type: 'object',
    required: ['kind', 'name'],
    properties: { kind: text('Kind, such as Deployment, or Pod when nothing owns it.'), name: text('Its name.') },
  },
  [`${PREFIX}.Requester`]: {
    description: 'Requester is who asked for a token, and from where.',
    type: 'object',
    required: ['username'],
    properties: {
      username: text('Name of the user who asked.'),
      uid: text('UID of that user, if it has one.'),
      credentialID: text(
        'Credential that the user asked with (authentication.kubernetes.io/credential-id), if it is known.',
      ),
      sourceIP: text('Address that the request came from.'),
      userAgent: text('User-Agent header of the request.'),
    },
  },
  [`${PREFIX}.IssuedTokenStatus`]: {
    description: 'IssuedTokenStatus is what became of a token since it was issued.',
    type: 'object',
    properties: {
      lastUsed: reference(
        `#/definitions/${PREFIX}.TokenUse`,
        'The last time this server accepted the token. Absent when it never did. Written late, so uses of the last minutes may be missing.',
      ),
      seen: {
        description: 'Addresses and programs that the token was seen with, latest first, eight at most.',
        type: 'array',
        items: { $ref: `#/definitions/${PREFIX}.TokenSighting` },
        'x-kubernetes-list-type': 'atomic',
      },
      stale: reference(
        `#/definitions/${PREFIX}.StaleUse`,
        'Uses after warnAfterTimestamp: the program does not read its token file again. Absent when there was none.',
      ),
    },
  },
  [`${PREFIX}.TokenSighting`]: {
    description: 'TokenSighting is one address and program that a token was seen with.',
    type: 'object',
    required: ['firstSeen', 'lastSeen'],
    properties: { ...SEEN_WITH, firstSeen: time('The first use seen.'), lastSeen: time('The last use seen.') },
  },
  [`${PREFIX}.StaleUse`]: {
    description: 'StaleUse is what is known of uses past the time at which a token should have been renewed.',
    type: 'object',
    required: ['count', 'firstSeen', 'lastSeen'],
    properties: {
      count: {
        description: 'Uses noted: at most one a minute for each address and program.',
        type: 'integer',
        format: 'int64',
        default: 0,
      },
      firstSeen: time('The first such use.'),
      lastSeen: time('The last such use; address and program are its.'),
      ...SEEN_WITH,
    },
  },
  [`${PREFIX}.TokenUse`]: {
    description: 'TokenUse is one use of a token.',
    type: 'object',
    required: ['time'],
    properties: {
      time: time('When the token was used.'),
      ...SEEN_WITH,
    },
  },
};
