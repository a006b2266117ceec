import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { Reach } from './access.ts';
import type { AuditReport } from './audit-report.ts';
import type { BoundState } from './bound-objects.ts';
import type { ChainLink } from './chain.ts';

/** Everything that is known. */
export interface Trace {
  readonly row: IssuedToken;
  /** Whether what ends the token with itself still exists. */
  readonly boundTo: readonly BoundState[];
  /** Who asked for the token, whose token that one asked with, and so on. */
  readonly chain: readonly ChainLink[];
  readonly reach: Reach;
  readonly audit: AuditReport;
}
