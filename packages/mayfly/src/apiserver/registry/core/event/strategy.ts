/** Events pass: an hour after its last write one is gone. @see kubernetes/kubernetes pkg/registry/core/event/strategy.go */
import {
  EVENT_FIELDS,
  EVENT_TTL_MS,
  type Event,
  eventFields,
  setEventDefaults,
  validateEvent,
  validateEventUpdate,
} from '@mayfly/api/core/v1/event';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const eventStrategy: Strategy<Event> = {
  definition: coreDefinition({
    resource: 'events',
    singular: 'event',
    kind: 'Event',
    namespaced: true,
    shortNames: ['ev'],
  }),
  validateName: dns1123Subdomain,
  createsOnUpdate: true,
  ttlSeconds: EVENT_TTL_MS / 1000,
  selectableFields: EVENT_FIELDS,
  fields: eventFields,
  prepareForCreate: setEventDefaults,
  prepareForUpdate: setEventDefaults,
  validate: validateEvent,
  validateUpdate: validateEventUpdate,
};
