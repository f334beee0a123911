/** The backups among these files, ordered by number rather than time, since clocks may jump. */
export function backupsIn(names: readonly string[]): string[] {
  const numbered = names.flatMap((name) => {
    const [, number] = /^tasks-(\d{6,})-[\dTZ]+\.db$/.exec(name) ?? []
    return number === undefined ? [] : [{ name, number: Number(number) }]
  })
  return numbered.sort((a, b) => a.number - b.number).map(({ name }) => name)
}
