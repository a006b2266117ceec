/** Pod: the doorway to its type, defaults, validation and selectable fields. */
export { MIRROR_POD_ANNOTATION, serviceAccountNameOf, setPodDefaults, setServiceAccount } from './pod-defaults.ts';
export { POD_FIELDS, podFields } from './pod-fields.ts';
export { podQOSClass, type QOSClass } from './pod-qos.ts';
export { podReferencesSecrets } from './pod-secrets.ts';
export type * from './pod-types.ts';
export { validatePodUpdate } from './pod-update.ts';
export { validatePod } from './pod-validation.ts';
export type * from './volume.ts';
