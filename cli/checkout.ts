// Where the project is installed, which need not be where a configuration lies.
import { join } from 'node:path'

/** The directory that holds package.json and, where `make install` made one, .venv. */
export const checkout = join(import.meta.dirname, '..')
