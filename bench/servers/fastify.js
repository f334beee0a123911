import Fastify from 'fastify'
import { createTask, listTasks, port } from './store.js'

const task = {
  type: 'object',
  properties: { id: { type: 'integer' }, title: { type: 'string' }, done: { type: 'boolean' } },
}
const body = {
  type: 'object',
  required: ['title'],
  properties: { title: { type: 'string', minLength: 1, maxLength: 200 } },
}

const app = Fastify()
app.get('/tasks', { schema: { response: { 200: { type: 'array', items: task } } } }, async () => listTasks())
app.post('/tasks', { schema: { body, response: { 201: task } } }, async (request, reply) => {
  reply.code(201)
  return createTask(request.body.title)
})
await app.listen({ port })
