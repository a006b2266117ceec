/** The Swagger of `signingkeys` and `keyrotations`, shaped after that of two Kubernetes kinds with the same verbs. */
import { gvk, META, PREFIX, ROOT, reference, renamed, TYPE, text, time } from './our-kinds.ts';
import type { PathItem, Schema, Swagger } from './swagger.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** @param kubernetes   lends the operations of ClusterRole and TokenReview */
export function signingKeyPaths({ paths }: Swagger): Record<string, PathItem> {
  const like = (path: string, from: string, to: string): PathItem => renamed(paths[path], path, from, to);
  return {
    [`${ROOT}/signingkeys`]: like(`${RBAC}/clusterroles`, 'ClusterRole', 'SigningKey'),
    [`${ROOT}/signingkeys/{name}`]: like(`${RBAC}/clusterroles/{name}`, 'ClusterRole', 'SigningKey'),
    [`${ROOT}/keyrotations`]: like('/apis/authentication.k8s.io/v1/tokenreviews', 'TokenReview', 'KeyRotation'),
  };
}

export const SIGNING_KEY_DEFINITIONS: Record<string, Schema> = {
  [`${PREFIX}.SigningKey`]: {
    description:
      'SigningKey is the public half and the life of a key that signs service account tokens. The server writes these objects; deleting one retires a key of which no token lives.',
    type: 'object',
    required: ['spec', 'status'],
    properties: {
      ...TYPE,
      metadata: reference(`${META}.ObjectMeta`, 'The name is the key id (the "kid" header of tokens).'),
      spec: reference(`#/definitions/${PREFIX}.SigningKeySpec`, 'What the key is. It never changes.'),
      status: reference(`#/definitions/${PREFIX}.SigningKeyStatus`, 'Where in its life the key is.'),
    },
    'x-kubernetes-group-version-kind': [gvk('SigningKey')],
  },
  [`${PREFIX}.SigningKeyList`]: {
    description: 'SigningKeyList is a list of SigningKey objects.',
    type: 'object',
    required: ['items'],
    properties: {
      ...TYPE,
      metadata: reference(`${META}.ListMeta`, 'Standard list metadata.'),
      items: { description: 'The keys.', type: 'array', items: { $ref: `#/definitions/${PREFIX}.SigningKey` } },
    },
    'x-kubernetes-group-version-kind': [gvk('SigningKeyList')],
  },
  [`${PREFIX}.SigningKeySpec`]: {
    description: 'SigningKeySpec is what a signing key is.',
    type: 'object',
    required: ['algorithm', 'publicKey'],
    properties: {
      algorithm: text('Algorithm of its signatures: RS256, ES256, ES384 or ES512.'),
      publicKey: text('Public half: PEM, SubjectPublicKeyInfo.'),
    },
  },
  [`${PREFIX}.SigningKeyStatus`]: {
    description: 'SigningKeyStatus is where in its life a signing key is.',
    type: 'object',
    required: ['state', 'announcedAt'],
    properties: {
      state: text(
        'Announced: published, so that everybody learns it. Active: it signs. Verifying: its tokens run out. Retired: its tokens are refused.',
      ),
      announcedAt: time('The key is published and accepted since then.'),
      activateAt: time('The key signs no earlier: every cache of the key set has run out by then.'),
      activatedAt: time('The key signs, or signed, since then.'),
      deactivatedAt: time('The key signs no more since then.'),
      tokensExpireBy: time(
        'None of its tokens ends later, except those that stand in Secrets. Written ahead of the tokens. Absent when it has signed none.',
      ),
      signedLegacyTokens: {
        description: 'The key has signed tokens that stand in Secrets and never end.',
        type: 'boolean',
      },
      verifyUntil: time('A verifying key is retired soon after, unless a Secret still holds a token of it.'),
      retiredAt: time('Tokens of the key are refused since then.'),
      retiredBecause: {
        description: 'Expired: its tokens had ended. Compromised: it was ended together with them.',
        type: 'string',
      },
    },
  },
  [`${PREFIX}.KeyRotation`]: {
    description: 'KeyRotation asks for a new signing key. It is answered and not stored.',
    type: 'object',
    properties: {
      ...TYPE,
      metadata: reference(`${META}.ObjectMeta`, 'Not used.'),
      spec: reference(`#/definitions/${PREFIX}.KeyRotationSpec`, 'What is asked for.'),
      status: reference(`#/definitions/${PREFIX}.KeyRotationStatus`, 'What will happen. The server fills it in.'),
    },
    'x-kubernetes-group-version-kind': [gvk('KeyRotation')],
  },
  [`${PREFIX}.KeyRotationSpec`]: {
    description: 'KeyRotationSpec is what kind of key is asked for, and how urgently.',
    type: 'object',
    properties: {
      algorithm: {
        description: 'RS256, ES256, ES384 or ES512. Absent: that of the key now active.',
        type: 'string',
      },
      panic: {
        description:
          'The keys so far are compromised: the new one signs at once, and every token they have signed is refused at once.',
        type: 'boolean',
      },
    },
  },
  [`${PREFIX}.KeyRotationStatus`]: {
    description: 'KeyRotationStatus is what a rotation does.',
    type: 'object',
    required: ['algorithm', 'state', 'activateAt'],
    properties: {
      keyID: { description: 'Id of the new key. Absent in a dry run.', type: 'string' },
      algorithm: text('Algorithm of the new key.'),
      state: text('State of the new key: Announced, or Active after a panic.'),
      activateAt: time('The new key signs from then on.'),
      retiredKeyIDs: {
        description: 'Keys whose tokens are refused from now on; only after a panic.',
        type: 'array',
        items: { type: 'string', default: '' },
        'x-kubernetes-list-type': 'atomic',
      },
    },
  },
};
