/** Table answers: what kubectl prints. @see kubernetes/kubernetes pkg/printers/internalversion/printers.go; spec kubernetes-wire §14 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';

export interface ColumnDefinition {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
}

export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

export interface TableConvertor {
  readonly columns: readonly ColumnDefinition[];
  /** One value per column. @param nowMs epoch milliseconds; ages count from it */
  cells(object: KubernetesObject, nowMs: number): unknown[];
  conditions?(object: KubernetesObject): readonly RowCondition[] | undefined;
}

export function tableConvertor(_group: string, _resource: string): TableConvertor {
  throw new Error('not written yet');
}
