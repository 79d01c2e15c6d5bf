// A real Bluesky server with a directory of its own, on this machine only, until standard input ends.
// node serve.cjs FOLDER PLC_PORT PDS_PORT [limited]
'use strict'
const path = require('node:path')
const net = require('node:net')

// Everything listens on the loopback address, whatever a package would choose.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number') {
    const callback = rest.find((it) => typeof it === 'function')
    return listen.call(this, { port: first, host: '127.0.0.1' }, callback)
  }
  return listen.call(this, first, ...rest)
}

const plc = require('@did-plc/server')
const pds = require('@atproto/pds')

async function main() {
  const [folder, plcPort, pdsPort, limited] = process.argv.slice(2)
  const directory = plc.PlcServer.create({ db: plc.Database.mock(), port: Number(plcPort) })
  await directory.start()
  const env = {
    devMode: true,
    port: Number(pdsPort),
    hostname: 'localhost',
    dataDirectory: folder,
    blobstoreDiskLocation: path.join(folder, 'blobs'),
    blobstoreDiskTmpLocation: path.join(folder, 'blobs-new'),
    didPlcUrl: `http://localhost:${plcPort}`,
    plcRotationKeyK256PrivateKeyHex: '07'.repeat(32),
    adminPassword: 'only-on-this-machine',
    jwtSecret: 'only-on-this-machine',
    serviceHandleDomains: ['.test'],
    bskyAppViewUrl: 'https://appview.invalid',
    bskyAppViewDid: 'did:example:invalid',
    modServiceUrl: 'https://mod.invalid',
    modServiceDid: 'did:example:invalid',
    inviteRequired: false,
    disableSsrfProtection: true,
    rateLimitsEnabled: limited === 'limited',
  }
  const server = await pds.PDS.create(pds.envToCfg(env), pds.envToSecrets(env))
  await server.start()
  process.stdout.write('ready\n')
  process.stdin.resume()
  process.stdin.on('end', () => process.exit(0))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
