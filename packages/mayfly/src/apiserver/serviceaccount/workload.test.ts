import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadOf } from './workload.ts';

const owned = (kind: string, name: string, controller = true) => [
  { apiVersion: 'v1', kind, name, uid: 'u', controller },
];
const hash = (value: string) => ({ 'pod-template-hash': value });

for (const { name, meta, want } of [
  { name: 'a pod of nobody', meta: {}, want: 'Pod/p' },
  {
    name: 'a pod with owners of which none controls it',
    meta: { ownerReferences: owned('Job', 'j', false) },
    want: 'Pod/p',
  },
  { name: 'a static pod', meta: { ownerReferences: owned('Node', 'n1') }, want: 'Pod/p' },
  {
    name: 'a Deployment',
    meta: { ownerReferences: owned('ReplicaSet', 'web-7d9c5b8f6'), labels: hash('7d9c5b8f6') },
    want: 'Deployment/web',
  },
  {
    name: 'a Deployment without its label',
    meta: { ownerReferences: owned('ReplicaSet', 'a-b-7d9c5b8f6') },
    want: 'Deployment/a-b',
  },
  {
    name: 'a ReplicaSet made by hand that looks like one of a Deployment',
    meta: { ownerReferences: owned('ReplicaSet', 'web-7d9c5b8f6'), labels: hash('other') },
    want: 'ReplicaSet/web-7d9c5b8f6',
  },
  {
    name: 'a ReplicaSet made by hand',
    meta: { ownerReferences: owned('ReplicaSet', 'web-green') },
    want: 'ReplicaSet/web-green',
  },
  { name: 'a CronJob', meta: { ownerReferences: owned('Job', 'nightly-29431680') }, want: 'CronJob/nightly' },
  { name: 'a Job', meta: { ownerReferences: owned('Job', 'load-2026') }, want: 'Job/load-2026' },
  { name: 'a StatefulSet', meta: { ownerReferences: owned('StatefulSet', 'db') }, want: 'StatefulSet/db' },
]) {
  test(`workloadOf finds ${name}`, () => {
    const workload = workloadOf(meta, 'p');
    assert.equal(`${workload.kind}/${workload.name}`, want);
  });
}
