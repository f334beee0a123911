/** A command that a document shows, and what it shows after it. */
export interface Step {
  readonly command: string
  readonly output: string
}

/** The commands of a document's blocks of the kind `console`: from `$ ` to the first line that no backslash continues. */
export function stepsOf(document: string): Step[] {
  return [...document.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = ''] = /^(?:.*\\\n)*.*/.exec(part)!
        return { command, output: part.slice(command.length + 1) }
      }),
  )
}
