import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createTask, listTasks, port } from './store.js'

const app = new Hono()
app.get('/tasks', (c) => c.json(listTasks()))
app.post('/tasks', async (c) => c.json(createTask((await c.req.json()).title), 201))
serve({ fetch: app.fetch, port })
