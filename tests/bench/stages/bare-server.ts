import { createServer } from 'node:net'
import { generate, parser } from 'mqtt-packet'

/** What an MQTT server in Node costs that keeps nothing, checks nothing and hands nothing on. Tells its parent its port. */
const server = createServer({ noDelay: true }, (socket) => {
  const incoming = parser()
  incoming.on('packet', (packet) => {
    if (packet.cmd === 'connect') {
      socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }))
    } else if (packet.cmd === 'publish' && packet.messageId !== undefined) {
      socket.write(generate({ cmd: 'puback', messageId: packet.messageId }))
    } else if (packet.cmd === 'pingreq') socket.write(generate({ cmd: 'pingresp' }))
  })
  socket.on('data', (chunk) => void incoming.parse(chunk))
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.(address.port)
})
process.on('disconnect', () => process.exit(0))
