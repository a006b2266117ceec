/**
 * DeleteOptions: from the body, or from the query when there is none.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/delete.go; spec kubernetes-wire §9.3
 */
import { invalidError } from '@mayfly/api/meta/v1/status-error';
import { type FieldError, invalid, notSupported } from '@mayfly/api/validation/field-error';
import type { DeleteOptions, Preconditions } from '../registry/rest.ts';
import { decodeDeleteBody } from './decode-body.ts';
import { dryRunErrors, parseInteger, parseOptionalBoolean } from './options.ts';
import type { APIRequest } from './request.ts';

/** As on the wire. */
interface WireDeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: Preconditions;
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
}

/** `orphanDependents` is the older name of two policies and is told apart only where an answer depends on it. */
export type ParsedDeleteOptions = Omit<DeleteOptions, 'validate'> & { readonly orphanDependents: boolean | undefined };

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** @throws StatusError 400, 413, 415 for the body, 422 for what it says */
export async function parseDeleteOptions(request: APIRequest): Promise<ParsedDeleteOptions> {
  const wire = ((await decodeDeleteBody(request)) as WireDeleteOptions | undefined) ?? fromQuery(request.query);
  const errors = optionErrors(wire);
  if (errors.length > 0) throw invalidError({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const grace = wire.gracePeriodSeconds;
  return {
    gracePeriodSeconds: grace !== undefined && grace < 0 ? 1 : grace,
    preconditions: wire.preconditions ?? {},
    propagationPolicy: policyOf(wire),
    orphanDependents: wire.orphanDependents,
    dryRun: wire.dryRun?.includes('All') ?? false,
  };
}

function fromQuery(query: URLSearchParams): WireDeleteOptions {
  if (query.size === 0) return {};
  const grace = parseInteger(query, 'gracePeriodSeconds');
  const orphan = parseOptionalBoolean(query, 'orphanDependents');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    dryRun: query.getAll('dryRun'),
  };
}

function optionErrors({ orphanDependents, propagationPolicy, dryRun }: WireDeleteOptions): FieldError[] {
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const text = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid('propagationPolicy', propagationPolicy, text));
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...POLICIES, 'nil']));
  }
  return [...errors, ...dryRunErrors(dryRun ?? [])];
}

function policyOf({ orphanDependents, propagationPolicy }: WireDeleteOptions): DeleteOptions['propagationPolicy'] {
  if (propagationPolicy !== undefined) return propagationPolicy as DeleteOptions['propagationPolicy'];
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? 'Orphan' : 'Background';
}
