// The limit of Node.js itself: the same responses, header fields included, from constants, and an echo without storage.
const { createServer } = require('node:http')

const count = Number(process.env.TASKS)
const tasks = Array.from({ length: count }, (_, index) => ({
  id: index + 1,
  title: `Task number ${index + 1} of many`,
  done: false,
}))
const list = Buffer.from(JSON.stringify(tasks))
const one = Buffer.from(JSON.stringify(tasks[0]))
let id = 0

const fields = (body, ...more) => [
  ...['Content-Type', 'application/json', 'Cache-Control', 'no-cache', 'X-Content-Type-Options', 'nosniff'],
  ...['Cross-Origin-Resource-Policy', 'same-origin', 'Content-Length', String(body.length), ...more],
  ...['ETag', '"1otzl0-kz06qd"', 'X-Request-Id', 'mwzgzr8uumv1-1'],
]
const [listFields, oneFields] = [fields(list, 'X-Total-Count', String(count)), fields(one)]

createServer((req, res) => {
  if (req.method === 'GET') {
    const isList = req.url === '/tasks'
    res.writeHead(200, isList ? listFields : oneFields)
    res.end(isList ? list : one)
  } else if (req.method === 'DELETE') {
    res.writeHead(204)
    res.end()
  } else {
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const title = text === '' ? 'Task number 1 of many' : JSON.parse(text).title
      const body = JSON.stringify({ id: ++id, title, done: false })
      res.writeHead(req.method === 'POST' ? 201 : 200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      })
      res.end(body)
    })
  }
}).listen(process.env.PORT, '127.0.0.1')
