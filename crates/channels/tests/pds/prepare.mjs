// Builds the one part that npm leaves out when no package may run code at install time: the database inside the server.
import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const built = join(here, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node')
if (!existsSync(built)) {
  // Where Node came with its headers, they are used; otherwise node-gyp fetches them.
  const node = dirname(dirname(realpathSync(process.execPath)))
  const env = { ...process.env }
  if (existsSync(join(node, 'include/node/node.h'))) env.npm_config_nodedir = node
  execFileSync('npm', ['rebuild', 'better-sqlite3', '--ignore-scripts=false'], { cwd: here, env, stdio: 'inherit' })
}
