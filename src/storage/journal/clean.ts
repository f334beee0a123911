import { readHeader } from './history.ts'
import { epochsIn, snapshotsIn } from './names.ts'
import type { Share } from './share.ts'

/**
 * Removes what is not needed to restore to any time since `since` (milliseconds since 1970): everything older than the newest snapshot
 * taken before it. Files that another process has open are removed the next time.
 */
export async function clean(share: Share, since: number): Promise<void> {
  const names = await share.list()
  let keep = 0
  for (const { epoch } of snapshotsIn(names)) {
    if (!epochsIn(names).includes(epoch)) continue
    const header = await readHeader(share, epoch)
    if (!header || header.time > since) continue
    keep = epoch
    break
  }
  const newest = epochsIn(names)[0] ?? 0
  for (const name of names) {
    const [, kind, epoch] = /^(journal|snapshot|alive)-(\d{10})/.exec(name) ?? []
    if (Number(epoch) < (kind === 'alive' ? newest : keep)) await share.remove(name).catch(() => {})
  }
}
