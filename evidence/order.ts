/** Compares ASCII texts by their bytes, as `LC_ALL=C sort` does. */
export const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
