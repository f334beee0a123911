import type { SqliteSchema } from '../../../storage/sqlite/domain.ts'

/** The steps of the schema, also of what is kept beside tasks: they were written together. A step that was released is never edited. */
const migrations: readonly string[] = [
  // 1. `autoincrement` because a plain primary key gives the largest id again once its task is deleted.
  `create table tasks (
     id integer primary key autoincrement,
     title text not null,
     done integer not null default 0 check (done in (0, 1)),
     created integer not null,
     updated integer not null,
     completed integer
   ) strict;
   create index tasks_by_done on tasks (done);`,
  // 2. Few tasks are due on a day, so most writes need not touch the index.
  `alter table tasks add column notes text;
   alter table tasks add column due text;
   create index tasks_by_due on tasks (due) where due is not null;`,
  // 3. What each Idempotency-Key has made, as the row was then.
  `create table keys (
     key text primary key,
     made text not null,
     created integer not null
   ) strict, without rowid;
   create index keys_by_created on keys (created);`,
  // 4. An index of words that takes up new tasks when somebody searches (decisions/007). `words` is what it reads in
  // place of title and notes, or null.
  `alter table tasks add column words text;
   create virtual table search using fts5 (
     words, content = '', contentless_delete = 1,
     tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M* S*'"
   );
   create trigger search_changed after update of title, notes, words on tasks
     when old.id <= (select max(id) from search_docsize)
   begin
     delete from search where rowid = old.id;
     insert into search (rowid, words)
       values (new.id, coalesce(new.words, new.title || ' ' || coalesce(new.notes, '')));
   end;`,
  // 5. The user's order, and what was deleted and may be restored (decisions/008).
  `alter table tasks add column place integer;
   create index tasks_by_place on tasks (place) where place is not null;
   create table deleted_tasks (
     id integer primary key,
     title text not null,
     done integer not null,
     created integer not null,
     updated integer not null,
     completed integer,
     notes text,
     due text,
     words text,
     place integer,
     deleted integer not null
   ) strict;
   create index deleted_tasks_by_time on deleted_tasks (deleted);
   create index deleted_tasks_by_place on deleted_tasks (place) where place is not null;
   create trigger search_purged after delete on deleted_tasks
     when not exists (select 1 from tasks where id = old.id)
   begin
     delete from search where rowid = old.id;
   end;`,
  // 6. What was answered to writes that bear a key, so that a repeat is answered the same (decisions/009).
  // It has taken the place of `keys`.
  `drop table keys;
   create table answers (
     key text primary key,
     request text not null,
     outcome text not null,
     time integer not null
   ) strict, without rowid;
   create index answers_by_time on answers (time);`,
  // 7. What an import brings, until all of it is there (decisions/011).
  `create table staged_tasks (
     batch integer not null,
     number integer not null,
     title text not null,
     done integer not null,
     created integer not null,
     updated integer not null,
     completed integer,
     notes text,
     due text,
     words text,
     primary key (batch, number)
   ) strict, without rowid;`,
  // 8. Sessions that ended before their time (decisions/017).
  `create table ended_sessions (
     session text primary key,
     until integer not null
   ) strict, without rowid;
   create index ended_sessions_by_time on ended_sessions (until);`,
  // 9. A new index, of terms without positions (decisions/007). `unindexed` has the tasks that changed since they were
  // indexed. The columns `words` are no longer used.
  `drop trigger search_changed;
   drop trigger search_purged;
   drop table search;
   create virtual table search using fts5 (
     words, content = '', contentless_delete = 1, detail = none,
     prefix = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24',
     tokenize = "ascii tokenchars '#$+<=>^\`|~'"
   );
   create table unindexed (id integer primary key) strict;
   create trigger search_changed after update of title, notes on tasks
     when old.id <= (select max(id) from search_docsize)
   begin
     insert or ignore into unindexed (id) values (old.id);
   end;
   create trigger search_purged after delete on deleted_tasks
     when not exists (select 1 from tasks where id = old.id)
   begin
     delete from search where rowid = old.id;
     delete from unindexed where id = old.id;
   end;`,
  // 10. What is due, in the order of days and in that of ids: see listing.ts.
  `drop index tasks_by_due;
   create index tasks_by_due on tasks (done, due, place) where due is not null;
   create index tasks_due_by_id on tasks (id, due, done) where due is not null and place is null;`,
  // 11. How a task repeats, and which task came after one that was done (decisions/029). The index is for what marks many:
  // it finds the few that repeat.
  `alter table tasks add column repeat text;
   alter table deleted_tasks add column repeat text;
   alter table staged_tasks add column repeat text;
   alter table tasks add column next_id integer;
   alter table deleted_tasks add column next_id integer;
   create index tasks_that_repeat on tasks (id) where repeat is not null;`,
  // 12. Lists. Tasks of the first have null, and cost no entry in an index. `rank` is their order; `deleted` is when a
  // list was, and negative while an import is about to bring it: then nobody sees or restores it.
  `create table lists (
     id integer primary key,
     name text not null,
     color text,
     version integer not null,
     rank integer not null,
     deleted integer
   ) strict;
   insert into lists (id, name, version, rank) values (1, 'Tasks', 0, 1);
   alter table tasks add column list integer;
   alter table deleted_tasks add column list integer;
   alter table staged_tasks add column list integer;
   create index tasks_by_list on tasks (list, place) where list is not null;
   create index deleted_tasks_by_list on deleted_tasks (list) where list is not null;`,
]

export const schema: SqliteSchema = { migrations, sum: 1050359665 }
