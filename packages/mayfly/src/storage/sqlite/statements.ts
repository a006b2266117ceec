import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Statements = Readonly<
  Record<
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'insert'
    | 'first'
    | 'from'
    | 'rewrite'
    | 'drop'
    | 'compacted'
    | 'setCompacted'
    | 'leases'
    | 'grantLease'
    | 'removeLease',
    StatementSync
  >
>;

/** Every statement of the log, compiled once. */
export function prepareStatements(db: DatabaseSync): Statements {
  return {
    begin: db.prepare('begin immediate'),
    commit: db.prepare('commit'),
    rollback: db.prepare('rollback'),
    insert: db.prepare('insert into batch (last, data) values (?, ?)'),
    first: db.prepare('select last, data from batch where last >= ? order by last limit 1'),
    from: db.prepare('select last, data from batch where last >= ? order by last'),
    rewrite: db.prepare('update batch set data = ? where last = ?'),
    drop: db.prepare('delete from batch where last = ?'),
    compacted: db.prepare("select value from meta where name = 'compacted_revision'"),
    setCompacted: db.prepare("update meta set value = ? where name = 'compacted_revision'"),
    leases: db.prepare('select id, deadline_ms as "deadlineMs" from lease order by id'),
    grantLease: db.prepare('insert into lease (deadline_ms) values (?)'),
    removeLease: db.prepare('delete from lease where id = ?'),
  };
}
