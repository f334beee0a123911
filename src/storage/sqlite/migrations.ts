/**
 * The schema, step by step: the database's `user_version` counts the steps it has taken. Forward only: a step
 * that was released is never edited, what it lacks is a new step.
 */
export const migrations: readonly string[] = [
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
]
