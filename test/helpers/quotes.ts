const quote = /^<!-- quote (\S+) `(.+?)`(?: to `(.+?)`)? -->\n```(\w*)\n[\s\S]*?^```$/gm

/**
 * A document with its quotes taken anew: `<!-- quote FILE `FIRST` to `LAST` -->` before a block names the one line that
 * begins with FIRST, and the next one that begins with LAST, blanks in front not counted.
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
      const end =
        last === undefined
          ? start
          : lines.findIndex((line, at) => at > start && line.trimStart().startsWith(last))
      if (end < 0) throw new Error(`${marker}: no line after the first begins with the last`)
      const quoted = lines.slice(start, end + 1)
      const indents = quoted.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
      const text = quoted.map((line) => line.slice(Math.min(...indents))).join('\n')
      return `${marker}\n\`\`\`${language}\n${text}\n\`\`\``
    },
  )
}
