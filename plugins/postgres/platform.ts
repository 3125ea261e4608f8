// One word for this kind of warehouse in facts, anchors and snapshots.
export const platform = 'postgresql'
