import type { PostgresMigrations } from '../../../storage/postgres/domain.ts'

/** The steps of the schema, also of what is kept beside tasks: they were written together. A step that was released is never edited. */
export const migrations: PostgresMigrations = [
  // `taskapp_state` numbers commits and tasks: writers lock its row, so numbers follow the order of commits.
  [
    `create table taskapp_state (one boolean primary key default true check (one), step integer not null, epoch text not null, seq bigint not null default 0, last_id bigint not null default 0)`,
    `create table tasks (
     id bigint primary key, title text not null, done smallint not null, created bigint not null,
     updated bigint not null, completed bigint, notes text, due text collate "C", words text not null, place bigint not null)`,
    `create index tasks_by_place on tasks (place)`,
    `create index tasks_by_due on tasks (due) where due is not null`,
    `create index tasks_by_word on tasks using gin (array_to_tsvector(string_to_array(btrim(words), ' ')))`,
    `create table deleted_tasks (like tasks, deleted bigint not null, primary key (id))`,
    `create index deleted_tasks_by_place on deleted_tasks (place)`,
    `create index deleted_tasks_by_time on deleted_tasks (deleted)`,
    `create table answers (key text collate "C" primary key, request text not null, outcome text not null, time bigint not null)`,
    `create index answers_by_time on answers (time)`,
    `create table staged_tasks (
     batch bigint not null, number bigint not null, title text not null, done smallint not null, created bigint not null,
     updated bigint not null, completed bigint, notes text, due text, words text not null, primary key (batch, number))`,
    `create table commits (seq bigint primary key, writes integer not null, changes text not null)`,
  ],
  // 2. Sessions that ended before their time.
  [
    `create table ended_sessions (session text collate "C" primary key, until bigint not null)`,
    `create index ended_sessions_by_time on ended_sessions (until)`,
  ],
  // 3. How often tasks were given other places in the same order, for pages that go on where one ended.
  [`alter table taskapp_state add column spreads bigint not null default 0`],
  // 4. How many tasks there are, for whoever writes to know whether there is room for more.
  [`alter table taskapp_state add column tasks bigint not null default 0`],
  // 5. Tasks whose words an earlier version wrote, which the next search replaces (decisions/007).
  [`create index tasks_with_old_words on tasks (id) where left(words, 1) = ' '`],
  // 6. How a task repeats, and which task came after one that was done (decisions/029).
  [
    `alter table tasks add column repeat text, add column next_id bigint`,
    `alter table deleted_tasks add column repeat text, add column next_id bigint`,
    `alter table staged_tasks add column repeat text`,
    `create index tasks_that_repeat on tasks (id) where repeat is not null`,
  ],
  // 7. Lists, as in SQLite.
  [
    `create table lists (
     id bigint primary key, name text not null, color text, version bigint not null, rank bigint not null, deleted bigint)`,
    `insert into lists (id, name, version, rank) values (1, 'Tasks', 0, 1)`,
    `alter table tasks add column list bigint`,
    `alter table deleted_tasks add column list bigint`,
    `alter table staged_tasks add column list bigint`,
    `create index tasks_by_list on tasks (list, place) where list is not null`,
    `create index deleted_tasks_by_list on deleted_tasks (list) where list is not null`,
  ],
]
