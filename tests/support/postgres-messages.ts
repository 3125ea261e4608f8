// What PostgreSQL and its clients say to each other, message by message.

/** Cuts one side's bytes into whole messages: a client's first has a length and no type, every other a type and then its length. */
export function splitter(side: 'client' | 'server'): (bytes: Buffer) => Buffer[] {
  let pending = Buffer.alloc(0)
  let started = side === 'server'
  return (bytes) => {
    pending = Buffer.concat([pending, bytes])
    const whole: Buffer[] = []
    for (;;) {
      const head = started ? 1 : 0
      if (pending.length < head + 4) return whole
      const end = head + pending.readInt32BE(head)
      if (pending.length < end) return whole
      whole.push(pending.subarray(0, end))
      started = true
      pending = pending.subarray(end)
    }
  }
}

const [sync, query, bind, parse, readyForQuery] = [...'SQBPZ'].map((letter) => letter.charCodeAt(0))

/**
 * Says when a message asks for a round trip: each Sync and simple query does. `statement` is the name of the prepared statement it runs,
 * `text` how what it parses begins, null where that was parsed earlier.
 */
export function tripCounter(onTrip: (statement: string, text: string | null) => void): (message: Buffer) => void {
  let statement = ''
  let text: string | null = null
  return (message) => {
    const body = message.subarray(5)
    if (message[0] === parse) text = secondText(body).trim().slice(0, 80)
    if (message[0] === bind) statement = secondText(body)
    if (message[0] === query) onTrip('', body.toString('utf8', 0, Math.min(80, body.length - 1)))
    if (message[0] !== sync) return
    onTrip(statement, text)
    statement = ''
    text = null
  }
}

/** True for the message that ends the server's answer. */
export const isReady = (message: Buffer): boolean => message[0] === readyForQuery

// Bind names its portal first, then the statement; Parse the statement, then its text.
function secondText(bytes: Buffer): string {
  const first = bytes.indexOf(0) + 1
  return bytes.toString('utf8', first, bytes.indexOf(0, first))
}
