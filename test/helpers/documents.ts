/** A command that a document shows, and what it shows after it. */
export interface Step {
  readonly command: string
  readonly output: string
}

/** The commands of a document's blocks of the kind `console`, where a line begins with `$ `. */
export function stepsOf(document: string): Step[] {
  return [...document.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n')
        return { command, output: output.join('\n') }
      }),
  )
}
