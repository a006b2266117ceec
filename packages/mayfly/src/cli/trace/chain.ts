/** Who asked for a token, with which credential, and, where that was a token of ours, who had asked for that one. */
import type { IssuedToken, IssuedTokenRequester } from '@mayfly/api/identity/v1alpha1/issued-token';
import { callAPI, statusMessage } from '../api-client.ts';
import type { ServerAccess } from '../kubeconfig.ts';
import { ISSUED_TOKENS_PATH } from '../token-ledger.ts';

export interface ChainLink {
  readonly requestedBy: IssuedTokenRequester;
  readonly issuedAt: string;
  /** Id of the token that was asked with; absent when it was no token of ours. */
  readonly withToken?: string;
  /** Why the chain is not followed beyond that token. */
  readonly ends?: string;
}

/** A chain longer than this is one that somebody built on purpose. */
const MAX_LINKS = 16;

/** The token's own requester first. */
export async function issueChain(access: ServerAccess, token: IssuedToken): Promise<readonly ChainLink[]> {
  const links: ChainLink[] = [];
  for (let row: IssuedToken | undefined = token; row !== undefined; ) {
    const { requestedBy, issuedAt } = row.spec;
    const parent = parentOf(requestedBy);
    if (parent === undefined) return [...links, { requestedBy, issuedAt }];
    const link = { requestedBy, issuedAt, withToken: parent.id };
    const found = links.length + 1 < MAX_LINKS ? await readRow(access, parent) : `more than ${MAX_LINKS} links`;
    if (typeof found === 'string') return [...links, { ...link, ends: found }];
    links.push(link);
    row = found;
  }
  return links;
}

interface Parent {
  readonly namespace: string;
  readonly id: string;
}

function parentOf({ username, credentialID = '' }: IssuedTokenRequester): Parent | undefined {
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username)?.[1];
  const id = /^JTI=(.+)$/.exec(credentialID)?.[1];
  return namespace === undefined || id === undefined ? undefined : { namespace, id };
}

/** @returns a text when there is none to read */
async function readRow(access: ServerAccess, { namespace, id }: Parent): Promise<IssuedToken | string> {
  const path = `namespaces/${encodeURIComponent(namespace)}/issuedtokens/${encodeURIComponent(id)}`;
  const response = await callAPI(access, 'GET', `${ISSUED_TOKENS_PATH}/${path}`);
  if (response.status === 200) return response.body as IssuedToken;
  return response.status === 404 ? 'that token has ended' : statusMessage(response);
}
