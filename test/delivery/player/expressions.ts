/**
 * Expressions as GitHub evaluates them, by its own lexer, parser and evaluator. One thing is stricter: GitHub takes a
 * value that does not exist for an empty string, so a wrong name goes unnoticed; here it is an error.
 */
import { data, Evaluator, type Expr, Lexer, Parser } from '@actions/expressions'
import type { IndexAccess, Logical } from '@actions/expressions/ast'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

export interface Contexts {
  readonly [context: string]: { readonly [key: string]: Value }
}

/** The functions of a job's or a step's `if`. */
export interface Status {
  readonly success: () => boolean
  readonly failure: () => boolean
  readonly cancelled: () => boolean
  readonly always: () => boolean
}

/** An event's payload may or may not have a value. */
const open = new Set(['github.event'])

class Strict extends Evaluator {
  /** Above zero where a missing value has a default: left of `||`. */
  #lenient = 0

  override visitLogical(logical: Logical): data.ExpressionData {
    if (logical.operator.lexeme !== '||') return super.visitLogical(logical)
    let result: data.ExpressionData = new data.Null()
    for (const [index, arg] of logical.args.entries()) {
      const last = index === logical.args.length - 1
      if (!last) this.#lenient++
      result = this.eval(arg)
      if (!last) this.#lenient--
      if (truthy(result)) break
    }
    return result
  }

  override visitIndexAccess(access: IndexAccess): data.ExpressionData {
    const path = pathOf(access)
    const result = super.visitIndexAccess(access)
    if (path && result.kind === data.Kind.Null && this.#lenient === 0 && !open.has(path[0]!)) {
      const container = this.eval(access.expr)
      const key = path[1]
      if (container.kind !== data.Kind.Dictionary || (container as data.Dictionary).get(key) === undefined)
        throw new Error(`${path[0]}.${key} does not exist`)
    }
    return result
  }
}

/** ['steps.bake.outputs', 'metadata'] for the access to it; undefined if a name is computed. */
function pathOf(access: IndexAccess): readonly [string, string] | undefined {
  const { expr, index } = access as unknown as { expr: Expr; index: { literal?: data.ExpressionData } }
  const key = index.literal?.coerceString()
  if (key === undefined) return undefined
  const names: string[] = []
  let at = expr as unknown as {
    expr?: Expr
    index?: { literal?: data.ExpressionData }
    name?: { lexeme: string }
    functionName?: { lexeme: string }
  }
  while (at.expr && at.index) {
    const name = at.index.literal?.coerceString()
    if (name === undefined) return undefined
    names.unshift(name)
    at = at.expr as unknown as typeof at
  }
  if (at.name) names.unshift(at.name.lexeme)
  else if (at.functionName) names.unshift(`${at.functionName.lexeme}(…)`)
  else return undefined
  // In the payload of an event any name may exist.
  if (names[0] === 'github' && names[1] === 'event') return ['github.event', key]
  return [names.join('.'), key]
}

function truthy(value: data.ExpressionData): boolean {
  const plain = toPlain(value)
  return !(plain === null || plain === false || plain === '' || plain === 0 || Number.isNaN(plain))
}

function toPlain(value: data.ExpressionData): Value {
  return JSON.parse(JSON.stringify(value, data.replacer) ?? 'null')
}

const statusNames = ['success', 'failure', 'cancelled', 'always'] as const

/** Evaluates what is between `${{` and `}}`. Throws if it does not parse, or names what does not exist. */
export function evaluate(expression: string, contexts: Contexts, status?: Status): Value {
  const functions = new Map<string, FunctionDefinition>()
  for (const name of statusNames)
    if (status)
      functions.set(name, {
        name,
        minArgs: 0,
        maxArgs: 0,
        call: () => new data.BooleanData(status[name]()),
      })
  functions.set('hashfiles', {
    name: 'hashFiles',
    minArgs: 1,
    maxArgs: 255,
    call: () => new data.StringData('0'.repeat(64)),
  })
  const { tokens } = new Lexer(expression).lex()
  const parsed = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse()
  const dictionary: data.Dictionary = JSON.parse(JSON.stringify(contexts), data.reviver)
  try {
    return toPlain(new Strict(parsed, dictionary, functions).evaluate())
  } catch (error) {
    throw new Error(`\${{ ${expression} }}: ${(error as Error).message}`, { cause: error })
  }
}

/** As GitHub converts a value to a string. */
export function text(value: Value): string {
  if (value === null) return ''
  return typeof value === 'object' ? 'Object' : String(value)
}

export const isTruthy = (value: Value) =>
  !(value === null || value === false || value === '' || value === 0 || Number.isNaN(value))
