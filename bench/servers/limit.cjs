// The minimum cost of durable writes: one thread, a prepared statement each, and one transaction with one sync for all
// writes that arrive before an idle turn of the event loop. No routes, checks, log or ids.
const { createServer } = require('node:http')
const { DatabaseSync } = require('node:sqlite')

const db = new DatabaseSync(process.env.DATABASE_URL.slice('sqlite:///'.length))
db.exec(`pragma journal_mode = wal; pragma synchronous = full;
  create table tasks (id integer primary key autoincrement, title text not null, done integer not null default 0) strict`)
const [begin, commit] = ['begin immediate', 'commit'].map((sql) => db.prepare(sql))
const insert = db.prepare('insert into tasks (title) values (?) returning id, title, done')
const toggle = db.prepare('update tasks set done = 1 - done where id = ? returning id, title, done')
const remove = db.prepare('delete from tasks where id = ?')
const all = db.prepare('select id, title, done from tasks order by id limit 1000')
const toText = ({ id, title, done }) => `{"id":${id},"title":${JSON.stringify(title)},"done":${done === 1}}`

begin.run()
for (let id = 1; id <= Number(process.env.TASKS); id++) insert.run(`Task number ${id} of many`)
commit.run()

let waiting = []
let before = 0
let list

function write(res, status, run) {
  if (waiting.push({ res, status, run }) === 1) setImmediate(gather)
}

function gather() {
  if (waiting.length > before) {
    before = waiting.length
    return setImmediate(gather)
  }
  const group = waiting
  waiting = []
  before = 0
  begin.run()
  for (const each of group) each.body = each.run()
  commit.run()
  list = undefined
  for (const { res, status, body } of group) send(res, status, body)
}

function send(res, status, body) {
  if (body === undefined) return res.writeHead(204).end()
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  res.end(body)
}

createServer((req, res) => {
  const id = Number(req.url.slice('/tasks/'.length))
  if (req.method === 'GET') {
    list ??= Buffer.from(`[${all.all().map(toText).join()}]`)
    send(res, 200, list)
  } else if (req.method === 'DELETE') {
    write(res, 204, () => void remove.run(id))
  } else if (req.method === 'PATCH') {
    write(res, 200, () => toText(toggle.get(id)))
  } else {
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      const { title } = JSON.parse(Buffer.concat(chunks))
      write(res, 201, () => toText(insert.get(title)))
    })
  }
}).listen(process.env.PORT, '127.0.0.1')
