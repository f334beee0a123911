import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A valid command line. */
export interface Command {
  readonly name: string
  /** Positional arguments. */
  readonly rest: readonly string[]
  /** The values of an option, in order; empty for a flag. */
  values(option: string): readonly string[]
  /** The last value of an option that takes one. */
  value(option: string): string | undefined
  has(option: string): boolean
}

interface Program {
  readonly everywhere: Options
  readonly commands: Readonly<Record<string, Options>>
}
type Options = Readonly<Record<string, number | '*'>>

const programs: Readonly<Record<string, Program>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'commands.json'), 'utf8'),
)

/**
 * Parses a command line of `az` or `gh` by the table of their documented commands. Throws the program's own error for an
 * unknown command or option, or a wrong number of values.
 */
export function parseCommand(program: string, args: readonly string[]): Command {
  const { commands, everywhere } = programs[program]!
  const words = args.slice(0, args.findIndex((one) => one.startsWith('-')) >>> 0)
  const name = Object.keys(commands)
    .filter((one) => `${words.join(' ')} `.startsWith(`${one} `))
    .sort((a, b) => b.length - a.length)[0]
  if (name === undefined)
    throw new Error(
      program === 'az'
        ? `'${words.at(-1)}' is misspelled or not recognized by the system.`
        : `unknown command "${words.join(' ')}" for "gh"`,
    )
  const options = { ...everywhere, ...commands[name] }
  const given: Record<string, string[]> = {}
  const rest: string[] = []
  const queue = args.slice(name.split(' ').length)
  while (queue.length > 0) {
    const word = queue.shift()!
    if (!/^--?[a-zA-Z]/.test(word)) {
      // az has no positional arguments.
      if (program === 'az') throw new Error(`unrecognized arguments: ${word}`)
      rest.push(word)
      continue
    }
    const [option, attached] = word.startsWith('--') ? split(word) : [word, undefined]
    const count = options[option]
    if (count === undefined)
      throw new Error(program === 'az' ? `unrecognized arguments: ${word}` : `unknown flag: ${option}`)
    given[option] ??= []
    if (attached !== undefined) given[option].push(attached)
    else if (count === '*')
      while (queue.length > 0 && !/^--?[a-z]/.test(queue[0]!)) given[option].push(queue.shift()!)
    else if (count === 1) {
      const value = queue.shift()
      if (value === undefined || (program === 'az' && /^--[a-z]/.test(value)))
        throw new Error(`argument ${option}: expected one argument`)
      given[option].push(value)
    }
  }
  return {
    name,
    rest,
    values: (option) => given[option] ?? [],
    value: (option) => given[option]?.at(-1),
    has: (option) => option in given,
  }
}

function split(word: string): [string, string | undefined] {
  const at = word.indexOf('=')
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}
