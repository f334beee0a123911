/** A command that a document shows, and what it shows after it. */
export interface Step {
  readonly command: string
  readonly output: string
  /** `stays`: keeps its terminal until the chapter ends. `fails`: ends with another status than 0. */
  readonly mark?: 'stays' | 'fails'
}

/**
 * The commands of a document's blocks of the kind `console`: from `$ ` to the first line that no backslash continues.
 * A mark stands in a comment before the block.
 */
export function stepsOf(document: string): Step[] {
  const blocks = document.matchAll(/^(?:<!-- (stays|fails) -->\n)?```console\n([\s\S]*?)^```$/gm)
  return [...blocks].flatMap(([, mark, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = ''] = /^(?:.*\\\n)*.*/.exec(part)!
        const step = { command, output: part.slice(command.length + 1) }
        return mark ? { ...step, mark: mark as 'stays' | 'fails' } : step
      }),
  )
}

/** What a document shows as output: `…` on a line of its own stands for any lines, within a line for anything. */
export function pattern(output: string): RegExp {
  const lines = output.trimEnd() === '' ? [] : output.trimEnd().split('\n')
  const parts = lines.map((line) =>
    line === '…'
      ? '(?:.*\\n)*'
      : `${line.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&').replaceAll('…', '.*')}\\n`,
  )
  return new RegExp(`^${parts.join('')}$`)
}
