// archiver 8 ships no types. This is as much of it as the canonical zip uses.
declare module 'archiver' {
  import type { Transform } from 'node:stream'

  export class ZipArchive extends Transform {
    constructor(options: { store: boolean })
    append(source: Buffer, entry: { name: string; date: Date; mode: number }): this
    finalize(): Promise<void>
  }
}
