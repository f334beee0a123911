// The storage that the peers share: node:sqlite as its documentation shows it, a commit with a sync for each write.
import { DatabaseSync } from 'node:sqlite'

const db = new DatabaseSync(process.env.DATABASE_URL.slice('sqlite:///'.length), { timeout: 5_000 })
db.exec(`pragma journal_mode = wal; pragma synchronous = full;
  create table tasks (id integer primary key autoincrement, title text not null, done integer not null default 0)`)
const all = db.prepare('select id, title, done from tasks order by id limit 1000')
const insert = db.prepare('insert into tasks (title) values (?) returning id, title, done')
for (let id = 1; id <= Number(process.env.TASKS); id++) insert.get(`Task number ${id} of many`)
const toTask = ({ id, title, done }) => ({ id, title, done: done === 1 })

export const listTasks = () => all.all().map(toTask)
export const createTask = (title) => toTask(insert.get(title))
export const port = Number(process.env.PORT)
