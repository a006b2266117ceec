/**
 * Streams into a pod: there is no node agent to open them, and the answer says so on every kind of attempt.
 *
 * kubectl tries a WebSocket GET, then a SPDY POST, and prints the message of whichever Status it gets.
 *
 * @see spec kubernetes-wire §22.1
 */
import { badRequestError, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { APIRequest } from './request.ts';

const STREAMS = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** @returns the refusal when the request asks for a stream of a pod; undefined otherwise */
export function refusedStream({ requestInfo }: APIRequest): StatusError | undefined {
  const { apiGroup, apiVersion, resource, subresource, name } = requestInfo;
  if (apiGroup !== '' || apiVersion !== 'v1' || resource !== 'pods') return undefined;
  if (subresource === 'log') return badRequestError(`logs of pod "${name}" are not kept by this server`);
  if (!STREAMS.has(subresource)) return undefined;
  const text = `${subresource} into a pod is not offered by this server: it issues identities and runs no containers`;
  return new StatusError('NotImplemented', text, { details: { name, kind: 'pods' } });
}
