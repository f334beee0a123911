import express from 'express'
import { createTask, listTasks, port } from './store.js'

const app = express()
app.use(express.json())
app.get('/tasks', (_req, res) => res.json(listTasks()))
app.post('/tasks', (req, res) => res.status(201).json(createTask(req.body.title)))
app.listen(port)
