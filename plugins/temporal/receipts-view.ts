export interface ReceiptsView {
  change_id: string
  lines: string[]
  checkpoint: string
}
