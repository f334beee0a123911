const quote = /^<!-- quote (\S+) `(.+?)`(?: to `(.+?)`)? -->\n```(\w*)\n[\s\S]*?^```$/gm

/**
 * A document with its quotes updated: `<!-- quote FILE `FIRST` to `LAST` -->` before a block names the one line that
 * begins with FIRST, and the next one with the same indentation that begins with LAST.
 */
export function requote(document: string, read: (file: string) => string): string {
  return document.replaceAll(
    quote,
    (_, file: string, first: string, last: string | undefined, language: string) => {
      const marker = `<!-- quote ${file} \`${first}\`${last === undefined ? '' : ` to \`${last}\``} -->`
      const lines = read(file).split('\n')
      const starts = lines.flatMap((line, at) => (line.trimStart().startsWith(first) ? [at] : []))
      if (starts.length !== 1) throw new Error(`${marker}: ${starts.length} lines begin so`)
      const [start] = starts as [number]
      const indent = lines[start]!.slice(0, lines[start]!.search(/\S/))
      const end =
        last === undefined
          ? start
          : lines.findIndex((line, at) => at > start && line.startsWith(indent + last))
      if (end < 0) throw new Error(`${marker}: no line after the first begins with the last`)
      const quoted = lines.slice(start, end + 1)
      const text = quoted.map((line) => line.slice(indent.length)).join('\n')
      return `${marker}\n\`\`\`${language}\n${text}\n\`\`\``
    },
  )
}
