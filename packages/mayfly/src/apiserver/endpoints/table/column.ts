/** Columns as each kind declares them: a heading, what it means, and the cell of one object. */
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
  /** Why a row is no longer of interest; kubectl hides such rows on request. */
  conditions?(object: KubernetesObject): readonly RowCondition[] | undefined;
}

/** A column of a kind's table: the definition, and the cell of one object. */
export interface Column<T extends KubernetesObject> extends Partial<ColumnDefinition> {
  readonly name: string;
  readonly description: string;
  cell(object: T, nowMs: number): unknown;
}

export interface TableSpec<T extends KubernetesObject> {
  readonly columns: readonly Column<T>[];
  conditions?(object: T): readonly RowCondition[] | undefined;
}

/** Makes the table of one kind; the caller hands it objects of that kind only. */
export function convertor<T extends KubernetesObject>({ columns, conditions }: TableSpec<T>): TableConvertor {
  return {
    columns: columns.map(({ name, type = 'string', format = '', description, priority = 0 }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    cells: (object, nowMs) => columns.map((column) => column.cell(object as T, nowMs)),
    ...(conditions ? { conditions: (object: KubernetesObject) => conditions(object as T) } : {}),
  };
}

/** The first column of every kind. */
export const NAME_COLUMN: Column<KubernetesObject> = {
  name: 'Name',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.',
  cell: ({ metadata }) => metadata?.name ?? '',
};
