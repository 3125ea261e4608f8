// Where a connection stands still: at a message a test names, before it is passed on or before its answer is.

export interface Hold {
  /** The message came, and its connection stands still. Answers the change the message is about, or '' when it names none. */
  reached: Promise<string>
  /** Lets all that stands still here go on, and nobody is stopped any more. */
  release(): void
  /** Drops what stands still here, and nobody is stopped any more. */
  cut(): void
}

export type Moment = 'before' | 'after'

/** A connection that can be made to stand still. */
export interface Stoppable {
  stop(moment: Moment): void
  goOn(): void
  drop(): void
}

/** The holds of one line. A hold keeps to the first change it caught: whoever says the same about that change later is stopped too. */
export function holds() {
  const armed = new Set<{ stops(text: string): boolean; take(text: string, connection: Stoppable): void; release(): void }>()
  return {
    /** Stops the connection that sends a message which holds every one of these texts. */
    arm(texts: readonly string[], moment: Moment): Hold {
      const { promise: reached, resolve } = Promise.withResolvers<string>()
      let caught: string | null = null
      const standing: Stoppable[] = []
      const one = {
        stops: (text: string) =>
          texts.every((part) => text.includes(part)) && (caught === null || (caught !== '' && text.includes(caught))),
        take(text: string, connection: Stoppable) {
          caught ??= /chg_[a-z2-7]{26}/.exec(text)?.[0] ?? ''
          standing.push(connection)
          connection.stop(moment)
          resolve(caught)
        },
        release: () => end((connection) => connection.goOn()),
      }
      const end = (each: (connection: Stoppable) => void) => {
        armed.delete(one)
        standing.splice(0).forEach(each)
      }
      armed.add(one)
      return { reached, release: one.release, cut: () => end((connection) => connection.drop()) }
    },
    releaseAll(): void {
      for (const one of armed) one.release()
    },
    /** To be asked of every message before it is passed on. */
    look(message: Buffer, connection: Stoppable): void {
      if (armed.size === 0) return
      const text = message.toString('latin1')
      const [first] = [...armed].filter((one) => one.stops(text))
      first?.take(text, connection)
    },
  }
}
