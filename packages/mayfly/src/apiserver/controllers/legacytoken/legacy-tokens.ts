/** The four controllers of tokens that stand in Secrets. */
import type { LegacyTokenSigner } from '../../serviceaccount/legacy/signer.ts';
import type { LegacyTokenUses } from '../../serviceaccount/legacy/uses.ts';
import type { Controller, ControllerDeps } from '../controller.ts';
import { startLegacyTokenCleaner } from './cleaner.ts';
import { startLastUsedWriter } from './last-used.ts';
import { startTokensController } from './tokens-controller.ts';
import { startLegacyTokenTracking } from './tracking.ts';

export interface LegacyTokenOptions {
  /** Undefined: this server signs nothing, and token Secrets stay empty. */
  readonly signer: LegacyTokenSigner | undefined;
  readonly uses: LegacyTokenUses;
  /** PEM, written into each token Secret. */
  readonly rootCA: string;
  readonly cleanUpPeriodMs: number;
}

export function startLegacyTokenControllers(
  deps: ControllerDeps,
  { signer, uses, rootCA, cleanUpPeriodMs }: LegacyTokenOptions,
): readonly Controller[] {
  return [
    ...(signer === undefined ? [] : [startTokensController({ ...deps, signer, rootCA })]),
    startLegacyTokenTracking(deps),
    startLegacyTokenCleaner({ ...deps, cleanUpPeriodMs }),
    startLastUsedWriter({ ...deps, uses }),
  ];
}
