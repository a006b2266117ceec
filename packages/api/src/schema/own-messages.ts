/**
 * Messages that Kubernetes does not have, in the notation of `kubernetes-messages.ts`.
 *
 * Clients send them as JSON only; the numbers are here so that one table serves every kind.
 */
export const OWN_MESSAGES: Readonly<Record<string, string>> = {
  'identity/v1alpha1.IssuedToken':
    '1:metadata:meta/v1.ObjectMeta:o 2:spec:identity/v1alpha1.IssuedTokenSpec: 3:status:identity/v1alpha1.IssuedTokenStatus:o',
  'identity/v1alpha1.IssuedTokenSpec':
    '1:serviceAccountName:string: 2:serviceAccountUID:string: 3:audiences:[string]: 4:boundObjectRef:authentication/v1.BoundObjectReference:po 5:issuedAt:Time: 6:expirationTimestamp:Time: 7:keyID:string: 8:issuer:string: 9:requestedBy:identity/v1alpha1.Requester: 10:workload:identity/v1alpha1.Workload:po 11:nodeName:string:o 12:warnAfterTimestamp:Time:po 13:nodeUID:string:o 14:statusListIndex:int64:po',
  'identity/v1alpha1.Requester':
    '1:username:string: 2:uid:string:o 3:credentialID:string:o 4:sourceIP:string:o 5:userAgent:string:o',
  'identity/v1alpha1.IssuedTokenStatus':
    '1:lastUsed:identity/v1alpha1.TokenUse:po 2:seen:[identity/v1alpha1.TokenSighting]:o 3:stale:identity/v1alpha1.StaleUse:po',
  'identity/v1alpha1.ObjectIdentity': '1:namespace:string:o 2:name:string: 3:uid:string:o',
  'identity/v1alpha1.TokenRevocation':
    '1:metadata:meta/v1.ObjectMeta:o 2:spec:identity/v1alpha1.TokenRevocationSpec: 3:status:identity/v1alpha1.TokenRevocationStatus:po',
  'identity/v1alpha1.TokenRevocationSpec':
    '1:credentialID:string:po 2:serviceAccount:identity/v1alpha1.ObjectIdentity:po 3:pod:identity/v1alpha1.ObjectIdentity:po 4:node:identity/v1alpha1.ObjectIdentity:po 5:issuedBefore:Time:po 6:reason:string:o',
  'identity/v1alpha1.TokenRevocationStatus':
    '1:requestedBy:identity/v1alpha1.Requester: 2:expirationTimestamp:Time:po 3:tokens:int64:po 4:statusListIndex:int64:po 5:statusLists:[identity/v1alpha1.RevokedEntries]:o',
  'identity/v1alpha1.RevokedEntries': '1:id:int64: 2:revoked:string:',
  'identity/v1alpha1.TokenUse': '1:time:Time: 2:sourceIP:string:o 3:userAgent:string:o 4:reviewedBy:string:o',
  'identity/v1alpha1.SigningKey':
    '1:metadata:meta/v1.ObjectMeta:o 2:spec:identity/v1alpha1.SigningKeySpec: 3:status:identity/v1alpha1.SigningKeyStatus:',
  'identity/v1alpha1.SigningKeySpec': '1:algorithm:string: 2:publicKey:string:',
  'identity/v1alpha1.SigningKeyStatus':
    '1:state:string: 2:announcedAt:Time: 3:activateAt:Time:po 4:activatedAt:Time:po 5:deactivatedAt:Time:po 6:tokensExpireBy:Time:po 7:signedLegacyTokens:bool:o 8:verifyUntil:Time:po 9:retiredAt:Time:po 10:retiredBecause:string:o',
  'identity/v1alpha1.KeyRotation':
    '1:metadata:meta/v1.ObjectMeta:o 2:spec:identity/v1alpha1.KeyRotationSpec:o 3:status:identity/v1alpha1.KeyRotationStatus:o',
  'identity/v1alpha1.KeyRotationSpec': '1:algorithm:string:o 2:panic:bool:o',
  'identity/v1alpha1.KeyRotationStatus':
    '1:keyID:string:o 2:algorithm:string: 3:state:string: 4:activateAt:Time: 5:retiredKeyIDs:[string]:o',
  'identity/v1alpha1.Workload': '1:kind:string: 2:name:string:',
  'identity/v1alpha1.TokenSighting':
    '1:sourceIP:string:o 2:userAgent:string:o 3:reviewedBy:string:o 4:firstSeen:Time: 5:lastSeen:Time:',
  'identity/v1alpha1.StaleUse':
    '1:count:int64: 2:firstSeen:Time: 3:lastSeen:Time: 4:sourceIP:string:o 5:userAgent:string:o 6:reviewedBy:string:o',
};
