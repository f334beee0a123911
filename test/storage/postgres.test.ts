import { after, before, suite } from 'node:test'
import { openPostgres } from '../../src/storage/postgres/store.ts'
import { needs } from '../helpers/needs.ts'
import { type Postgres, startPostgres } from '../helpers/postgres.ts'
import { bulkContract } from './bulk.contract.ts'
import { storeContract } from './contract.ts'
import { endedContract } from './ended.contract.ts'
import { keysContract } from './keys.contract.ts'
import { listsContract } from './lists.contract.ts'
import { orderContract } from './order.contract.ts'
import { quotaContract } from './quota.contract.ts'
import { repeatsContract } from './repeats.contract.ts'
import { searchContract } from './search.contract.ts'

suite('PostgreSQL', { skip: needs('postgres') }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())
  const open = () => openPostgres({ url: server.database() })

  for (const contract of [
    storeContract,
    keysContract,
    orderContract,
    searchContract,
    bulkContract,
    endedContract,
    listsContract,
  ])
    contract('PostgreSQL', open)
  repeatsContract(
    'PostgreSQL',
    async (quota) => {
      const url = server.database()
      return [await openPostgres({ url }, quota), await openPostgres({ url }, quota)]
    },
    5,
  )
  quotaContract('PostgreSQL', (quota) => openPostgres({ url: server.database() }, quota))
})
