/**
 * What a pod that does not say gets.
 *
 * @see kubernetes/kubernetes pkg/apis/core/v1/defaults.go; spec kubernetes-wire §19
 */
import type { Container, Pod, PodSpec, Probe, ResourceRequirements } from './pod-types.ts';
import { setVolumeDefaults } from './volume-defaults.ts';

/** Marks the API server's copy of a pod that a kubelet runs from a file. */
export const MIRROR_POD_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * Fills in the defaults of a pod's spec, in place.
 *
 * Which service account a pod gets that names none is not for here: admission decides it (spec service-account-tokens §10.1).
 */
export function setPodDefaults(pod: Pod): void {
  const { spec } = pod;
  if (!spec) return; // the validator refuses it
  setServiceAccount(spec, serviceAccountNameOf(spec));
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  spec.securityContext ??= {};
  spec.enableServiceLinks ??= true;
  for (const container of containersOf(spec)) setContainerDefaults(container, spec.hostNetwork === true);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
}

/** The old spelling counts where the new one is empty. Empty: none is named. */
export function serviceAccountNameOf({ serviceAccountName, serviceAccount }: PodSpec): string {
  return serviceAccountName || serviceAccount || '';
}

/** In both spellings, as it is always printed. */
export function setServiceAccount(spec: PodSpec, name: string): void {
  if (name === '') return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

function setContainerDefaults(container: Container, hostNetwork: boolean): void {
  container.imagePullPolicy ||= pullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources = withRequests(container.resources ?? {});
  for (const port of container.ports ?? []) {
    port.protocol ||= 'TCP';
    if (hostNetwork) port.hostPort ||= port.containerPort; // one network, one port
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) setProbeDefaults(probe);
  }
  setHTTPDefaults(container.lifecycle?.postStart);
  setHTTPDefaults(container.lifecycle?.preStop);
}

/** A moving tag must be pulled each time; a fixed tag or a digest need not. */
function pullPolicy(image: string): string {
  if (image.includes('@')) return /:latest@/.test(image) ? 'Always' : 'IfNotPresent';
  const tag = /:([^/:]*)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** Who limits a resource and asks for none of it asks for the limit. */
function withRequests(resources: ResourceRequirements): ResourceRequirements {
  if (!resources.limits) return resources;
  return { ...resources, requests: { ...resources.limits, ...resources.requests } };
}

function setProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  setHTTPDefaults(probe);
  if (probe.grpc) probe.grpc.service ??= '';
}

function setHTTPDefaults(handler: Pick<Probe, 'httpGet'> | undefined): void {
  if (!handler?.httpGet) return;
  handler.httpGet.path ||= '/';
  handler.httpGet.scheme ||= 'HTTP';
}
