/**
 * POST of an object: complete it, check it, store it if the key is free.
 *
 * @see kubernetes/apiserver pkg/registry/generic/registry/store.go, Create; spec kubernetes-wire §9.1
 */
import { formatGroupResource } from '@mayfly/api/meta/v1/group-version';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { alreadyExistsError, invalidError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { validateObjectMeta } from '@mayfly/api/meta/v1/validation';
import { nameSuffix } from '../../../random/random.ts';
import type { KeyValue, Operation } from '../../../storage/store.ts';
import type { CreateOptions, RequestContext } from '../rest.ts';
import { decodeShared, encodeObject, withVersion } from './codec.ts';
import type { Kind } from './kind.ts';
import { beginLife, type Draft, draftOf, placeInNamespace } from './metadata.ts';
import { storageStatus } from './storage-status.ts';

const GENERATED_NAME_TRIES = 8;
const GENERATED_BASE_MAX = 58; // 63, the length of a label, less the suffix

/** @throws StatusError AlreadyExists, Invalid, BadRequest, and whatever `options.validate` throws */
export async function createObject(
  kind: Kind,
  context: RequestContext,
  object: KubernetesObject,
  options: CreateOptions,
): Promise<KubernetesObject> {
  if ((object.metadata?.resourceVersion ?? '') !== '')
    throw new StatusError('', 'resourceVersion should not be set on objects to be created');
  const generated = (object.metadata?.name ?? '') === '' && (object.metadata?.generateName ?? '') !== '';
  for (let left = generated ? GENERATED_NAME_TRIES : 1; ; left--) {
    const draft = newDraft(kind, context, object);
    const existing = await createDraft(kind, context, draft, options);
    if (!('taken' in existing)) return existing;
    if (left === 1) throw takenError(kind, draft, existing.taken, generated);
  }
}

/** One try. `taken`: the key is in use by that version. */
export async function createDraft(
  kind: Kind,
  context: RequestContext,
  draft: Draft,
  options: CreateOptions,
): Promise<KubernetesObject | { taken: KeyValue }> {
  kind.strategy.prepareForCreate?.(draft, context);
  requireValid(kind, draft);
  await options.validate(draft);
  const key = kind.keys.key(draft.metadata.namespace ?? '', draft.metadata.name ?? '');
  return options.dryRun ? await pretendPut(kind, key, draft) : await putIfAbsent(kind, key, draft);
}

/** A fresh copy for each try: `prepareForCreate` may derive more than the name from the name. */
function newDraft(kind: Kind, context: RequestContext, object: KubernetesObject): Draft {
  const draft = draftOf(kind, object);
  placeInNamespace(kind, draft, context.namespace);
  beginLife(kind, draft);
  const { name = '', generateName = '' } = draft.metadata;
  if (name === '' && generateName !== '')
    draft.metadata.name = generateName.slice(0, GENERATED_BASE_MAX) + nameSuffix(kind.deps.random);
  return draft;
}

function requireValid(kind: Kind, draft: Draft): void {
  const { definition, validateName } = kind.strategy;
  const errors = [
    ...(kind.strategy.validate?.(draft) ?? []),
    ...validateObjectMeta(draft.metadata, { namespaced: definition.namespaced, validateName }),
  ];
  if (errors.length > 0) throw invalidError(definition, draft.metadata.name ?? '', errors);
}

async function putIfAbsent(kind: Kind, key: string, draft: Draft): Promise<KubernetesObject | { taken: KeyValue }> {
  try {
    const put: Operation = { type: 'put', key, value: encodeObject(draft), ...(await leaseOf(kind)) };
    const response = await kind.deps.store.txn({
      compare: [{ key, target: 'modRevision', equals: 0 }],
      success: [put],
      failure: [{ type: 'range', request: { key } }],
    });
    const [result] = response.results;
    if (result?.type === 'put') return withVersion(draft, result.kv.modRevision);
    const taken = result?.type === 'range' ? result.response.kvs[0] : undefined;
    if (taken === undefined) throw new Error('the store answered neither a put nor the pair in its way');
    return { taken };
  } catch (error) {
    throw storageStatus(error, kind.resource, 'create');
  }
}

/** The answer of a dry run has no version: nothing was stored. */
async function pretendPut(kind: Kind, key: string, draft: Draft): Promise<KubernetesObject | { taken: KeyValue }> {
  const { kvs } = await kind.deps.store.range({ key });
  encodeObject(draft); // too large is too large
  return kvs[0] === undefined ? draft : { taken: kvs[0] };
}

export async function leaseOf(kind: Kind): Promise<{ lease?: number }> {
  return kind.lease === undefined ? {} : { lease: await kind.lease.next() };
}

function takenError(kind: Kind, draft: Draft, taken: KeyValue, generated: boolean): StatusError {
  const name = draft.metadata.name ?? '';
  const plain = alreadyExistsError(kind.resource, name);
  if (generated)
    return new StatusError(
      'AlreadyExists',
      `${formatGroupResource(kind.resource)} "${name}" already exists, the server was not able to generate a unique name for the object`,
      { details: { ...plain.details, retryAfterSeconds: 1 } },
    );
  if (decodeShared(taken).metadata.deletionTimestamp === undefined) return plain;
  return new StatusError('AlreadyExists', `object is being deleted: ${plain.message}`, {
    ...(plain.details === undefined ? {} : { details: plain.details }),
  });
}
