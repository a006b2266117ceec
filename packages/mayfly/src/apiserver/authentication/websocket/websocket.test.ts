import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Authentication, failed, NO_OPINION } from '../authenticator.ts';
import { newRequest } from '../request-fixture.ts';
import { remainingProtocols, WebSocketAuthenticator } from './websocket.ts';

const P = 'base64url.bearer.authorization.k8s.io.';
const GOOD = P + Buffer.from('tok~~?').toString('base64url');
const YES: Authentication = {
  outcome: 'authenticated',
  user: { name: 'u', uid: '', groups: [], extra: {} },
  audiences: [],
};
const UPGRADE = { upgrade: ['WebSocket'], connection: ['keep-alive, Upgrade'] };

for (const { id, headers = {}, protocols, want } of [
  { id: '37', protocols: [`${GOOD}, v4.channel.k8s.io`], want: YES },
  { id: '37 in two headers', protocols: ['v4.channel.k8s.io', GOOD], want: YES },
  { id: '38', protocols: [GOOD], want: failed('missing additional subprotocol') },
  { id: '39', protocols: [`${GOOD},${GOOD},x`], want: failed('multiple base64.bearer.authorization tokens specified') },
  { id: '40', protocols: [`${P}dG9rZW4=,x`], want: failed('invalid base64.bearer.authorization token encoding') },
  { id: '40 spare bits', protocols: [`${P}AR,x`], want: failed('invalid base64.bearer.authorization token encoding') },
  { id: 'not UTF-8', protocols: [`${P}_w,x`], want: failed('invalid base64.bearer.authorization token') },
  { id: 'empty token', protocols: [`${P},x`], want: NO_OPINION },
  { id: 'no token', protocols: ['v4.channel.k8s.io'], want: NO_OPINION },
  { id: 'unknown token', protocols: [`${P}eA,x`], want: failed('invalid bearer token') },
  { id: '41', headers: { upgrade: [] }, protocols: [`${GOOD},x`], want: NO_OPINION },
  { id: '41 other upgrade', headers: { upgrade: ['h2c'] }, protocols: [`${GOOD},x`], want: NO_OPINION },
  { id: '41 no connection', headers: { connection: ['keep-alive'] }, protocols: [`${GOOD},x`], want: NO_OPINION },
]) {
  test(`row ${id} is ${want.outcome}`, async () => {
    const authenticator = new WebSocketAuthenticator({
      authenticateToken: async (token) => (token === 'tok~~?' ? YES : NO_OPINION),
    });
    const request = newRequest({ ...UPGRADE, ...headers, 'sec-websocket-protocol': protocols });
    assert.deepEqual(await authenticator.authenticateRequest(request), want);
  });
}

test('the protocols left to choose from do not hold the token (37)', () => {
  assert.deepEqual(remainingProtocols([`${GOOD}, v4.channel.k8s.io`, 'v5']), ['v4.channel.k8s.io', 'v5']);
});
