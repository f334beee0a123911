/** Reproducible randomness: the same seed makes the same choices. */
export interface Random {
  /** An integer from 0 to `end`, exclusive. */
  below(end: number): number
  /** True with probability 1 / `times`. */
  once(times: number): boolean
  pick<T>(choices: readonly T[]): T
  /** `make` called up to `most` times, joined. */
  text(most: number, make: () => string): string
}

export function randomFrom(seed: number): Random {
  // Marsaglia's 32-bit xorshift. It must not start at zero, and needs some rounds to diverge from similar seeds.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  for (let turn = 0; turn < 8; turn++) next()

  const below = (end: number) => next() % end
  return {
    below,
    once: (times) => below(times) === 0,
    pick: (choices) => choices[below(choices.length)]!,
    text: (most, make) => Array.from({ length: below(most + 1) }, make).join(''),
  }
}
