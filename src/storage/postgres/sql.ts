/** SQL as template literals. */
import { limits } from '../../limits.ts'

type Value = string | number | boolean | null | readonly (string | number | null)[]

/** Rows by the names of their columns, and how many rows a statement changed. */
// What a column holds is known where the statement is.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Rows = Record<string, any>[] & { readonly count: number }

/** A piece of SQL with its values. */
export class Fragment {
  readonly strings: readonly string[]
  readonly values: readonly (Value | Fragment)[]
  constructor(strings: readonly string[], values: readonly (Value | Fragment)[]) {
    this.strings = strings
    this.values = values
  }
}

export const fragment = (strings: TemplateStringsArray, ...values: (Value | Fragment)[]) =>
  new Fragment(strings, values)

/** SQL without values, such as column names. */
export const raw = (text: string) => new Fragment([text], [])

/** SQL with a question mark for each value. */
export const withValues = (text: string, ...values: Value[]) => new Fragment(text.split('?'), values)

/** Runs a statement, at once and in the order of the calls: tx`select … where id = ${id}`. */
export interface Sql {
  (strings: readonly string[], ...values: (Value | Fragment)[]): Promise<Rows>
  /** As arrays, in the order of the columns. */
  arrays(statement: Fragment): Promise<unknown[][]>
}

/** The part of the driver's connections that is used. */
interface Connection {
  query(config: object): Promise<{ readonly rows: Rows[number][]; readonly rowCount: number | null }>
}

/** Statements by their text: each connection prepares each of them once. They are few, since values are passed separately. */
const names = new Map<string, string>()

/** Runs statements on a connection, or a pool of them. */
export function sqlOn(connection: Connection): Sql {
  const sql = (strings: readonly string[], ...values: (Value | Fragment)[]) => {
    const rows = connection
      .query(prepare(new Fragment(strings, values)))
      .then(({ rows, rowCount }) => Object.assign(rows, { count: rowCount ?? 0 }))
    // If it is not awaited, the transaction reports its failure.
    rows.catch(() => {})
    return rows
  }
  return Object.assign(sql, {
    async arrays(statement: Fragment) {
      const { rows } = await connection.query({ ...prepare(statement), rowMode: 'array' })
      return rows
    },
  }) as Sql
}

/** As the driver takes it. */
export function prepare(statement: Fragment) {
  const values: Value[] = []
  const text = write(statement)
  let name = names.get(text)
  if (name === undefined && names.size < limits.postgresStatements) {
    name = `taskapp${names.size}`
    names.set(text, name)
  }
  return { text, values, ...(name !== undefined && { name }) }

  function write({ strings, values: given }: Fragment): string {
    return strings.reduce((before, string, index) => {
      const value = given[index - 1]!
      return `${before}${value instanceof Fragment ? write(value) : `$${values.push(value)}`}${string}`
    })
  }
}
