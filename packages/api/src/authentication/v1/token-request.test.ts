import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTokenRequestDefaults, type TokenRequest, validateTokenRequest } from './token-request.ts';

const request = (expirationSeconds?: number): TokenRequest => ({
  spec: { audiences: null, ...(expirationSeconds === undefined ? {} : { expirationSeconds }) },
});

for (const { seconds, want } of [
  { seconds: undefined, want: [] },
  { seconds: 0, want: ['Invalid value: 0: may not specify a duration less than 10 minutes'] },
  { seconds: 599, want: ['Invalid value: 599: may not specify a duration less than 10 minutes'] },
  { seconds: 600, want: [] },
  { seconds: 4_294_967_296, want: [] },
  { seconds: 4_294_967_297, want: ['Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds'] },
]) {
  test(`a token of ${seconds} s is ${want.length === 0 ? 'fine' : 'refused'}`, () => {
    const body = request(seconds);
    setTokenRequestDefaults(body);
    const errors = validateTokenRequest(body);
    assert.deepEqual(
      errors.map((error) => error.body),
      want,
    );
    for (const { field } of errors) assert.equal(field, 'spec.expirationSeconds');
  });
}

test('an absent expiration means an hour, even without a spec', () => {
  const bare = {} as TokenRequest;
  setTokenRequestDefaults(bare);
  assert.equal(bare.spec.expirationSeconds, 3600);
});
