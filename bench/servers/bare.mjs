import { createRequire } from 'node:module'
import 'node:http'

createRequire(import.meta.url)('./bare.cjs')
