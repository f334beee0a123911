// The naive version: node:http and a pool of `pg`, a statement for each request.
import { createServer } from 'node:http'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
await pool.query(
  'create table if not exists tasks (id bigserial primary key, title text not null, done boolean not null default false, created timestamptz not null default now())',
)

const send = (res, status, value) => {
  const body = JSON.stringify(value)
  res
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    .end(body)
}

createServer(async (req, res) => {
  if (req.method === 'POST') {
    let body = ''
    for await (const chunk of req.setEncoding('utf8')) body += chunk
    const { title } = JSON.parse(body)
    const { rows } = await pool.query({
      name: 'insert',
      text: 'insert into tasks (title) values ($1) returning id, title, done',
      values: [title],
    })
    send(res, 201, rows[0])
  } else {
    const { rows } = await pool.query({
      name: 'list',
      text: 'select id, title, done from tasks order by id limit 1000',
    })
    send(res, 200, rows)
  }
}).listen(Number(process.env.PORT), '127.0.0.1')

process.once('SIGTERM', () => process.exit())
