import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isControllerEnabled, unknownController } from './controllers.ts';

for (const { controllers, want } of [
  { controllers: ['*'], want: true },
  { controllers: [], want: false },
  { controllers: ['namespace-controller'], want: false },
  { controllers: ['serviceaccount-controller'], want: true },
  { controllers: ['serviceaccount'], want: true },
  { controllers: ['*', '-serviceaccount-controller'], want: false },
  { controllers: ['-serviceaccount', '*'], want: false },
  { controllers: ['*', '-namespace-controller'], want: true },
  { controllers: ['serviceaccount', '-serviceaccount'], want: true },
])
  test(`--controllers=${controllers.join(',')} ${want ? 'runs' : 'does not run'} the service account controller`, () => {
    assert.equal(isControllerEnabled(controllers, 'serviceaccount-controller'), want);
    assert.equal(unknownController(controllers), undefined);
  });

for (const unknown of ['-', '', 'garbage-collector-controller', '-*x', '--namespace'])
  test(`--controllers=*,${unknown} is refused`, () => {
    assert.equal(unknownController(['*', unknown]), `"${unknown}" is not in the list of known controllers`);
  });
