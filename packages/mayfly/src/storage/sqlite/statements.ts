import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Statements = Readonly<
  Record<
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'all'
    | 'insert'
    | 'one'
    | 'scanKey'
    | 'scanRange'
    | 'drop'
    | 'compacted'
    | 'setCompacted'
    | 'leases'
    | 'grantLease'
    | 'removeLease',
    StatementSync
  >
>;

/** Every statement of the log, compiled once. Text compares as bytes (SQLite's default), as the index's order does. */
export function prepareStatements(db: DatabaseSync): Statements {
  const version = 'id, key, value, create_revision, prev_revision, version, lease';
  return {
    begin: db.prepare('begin immediate'),
    commit: db.prepare('commit'),
    rollback: db.prepare('rollback'),
    all: db.prepare(`select ${version} from log order by id`),
    insert: db.prepare(`insert into log (${version}) values (?, ?, ?, ?, ?, ?, ?)`),
    one: db.prepare(`select ${version} from log where id >= ? and id < ? and key = ?`),
    scanKey: db.prepare(`select ${version} from log where id >= ? and id < ? and key = ? order by id`),
    scanRange: db.prepare(`select ${version} from log where id >= ? and id < ? and key >= ? and key < ? order by id`),
    drop: db.prepare('delete from log where id >= ? and id < ? and key = ?'),
    compacted: db.prepare("select value from meta where name = 'compacted_revision'"),
    setCompacted: db.prepare("update meta set value = ? where name = 'compacted_revision'"),
    leases: db.prepare('select id, deadline_ms as "deadlineMs" from lease order by id'),
    grantLease: db.prepare('insert into lease (deadline_ms) values (?)'),
    removeLease: db.prepare('delete from lease where id = ?'),
  };
}
