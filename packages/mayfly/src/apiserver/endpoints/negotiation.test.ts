import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { negotiate, negotiateStream } from './negotiation.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

for (const { accept, want } of [
  { accept: undefined, want: 'json' },
  { accept: '', want: 'json' },
  { accept: '*/*', want: 'json' },
  { accept: 'application/*', want: 'json' },
  { accept: 'application/json, */*;q=0.8', want: 'json' },
  { accept: 'application/yaml', want: 'yaml' },
  { accept: 'application/json;q=0.1, application/yaml', want: 'yaml' },
  { accept: 'application/yaml;q=0, application/json', want: 'json' },
  { accept: `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, want: 'json Table v1' },
  { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io', want: 'json Table v1beta1' },
  { accept: 'application/json;as=Table;v=v2;g=meta.k8s.io,application/json', want: 'json' },
  { accept: 'application/json;as=Chart;v=v1;g=meta.k8s.io', want: 406 },
  { accept: 'application/json;as=Table;v=v1;g=example.com', want: 406 },
  { accept: 'application/vnd.kubernetes.protobuf', want: 'json' },
  { accept: 'application/vnd.kubernetes.protobuf,application/json', want: 'json' },
  { accept: 'application/vnd.kubernetes.protobuf,application/yaml', want: 'yaml' },
  {
    accept: 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    want: 'json PartialObjectMetadata v1',
  },
  { accept: 'application/json;pretty=1;profile=x', want: 'json' },
  { accept: 'application/cbor', want: 406 },
  { accept: 'text/html', want: 406 },
]) {
  test(`Accept ${accept} gives ${want}`, () => {
    assert.equal(
      outcome(() => negotiate(accept)),
      want,
    );
  });
}

for (const { accept, want } of [
  { accept: 'application/json;stream=watch', want: 'json' },
  { accept: 'application/vnd.kubernetes.protobuf;stream=watch', want: 'json' },
  { accept: 'application/yaml', want: 406 },
  { accept: TABLE, want: 'json Table v1' },
]) {
  test(`a watch with Accept ${accept} gives ${want}`, () => {
    assert.equal(
      outcome(() => negotiateStream(accept)),
      want,
    );
  });
}

function outcome(negotiated: () => ReturnType<typeof negotiate>): string | number {
  try {
    const { encoding, as, metaVersion } = negotiated();
    return as === '' ? encoding : `${encoding} ${as} ${metaVersion}`;
  } catch (error) {
    assert(error instanceof StatusError);
    return error.code;
  }
}
