import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Bounds the connections on which nothing is asked: those that have said nothing yet, or half a header, or stay open after an answer.
 * Beyond `max` the one that has been idle the longest is closed. So whoever opens thousands takes neither the descriptors that the
 * store needs nor the entry of others: refusing new ones would do the latter.
 */
export function boundIdleConnections(server: Server, max: number): void {
  const idle = new Set<Socket>()
  const rest = (socket: Socket): void => {
    if (socket.destroyed) return
    idle.delete(socket)
    idle.add(socket)
    const [oldest] = idle
    if (idle.size <= max || oldest === undefined) return
    idle.delete(oldest)
    oldest.destroy()
  }
  server.on('connection', (socket: Socket) => {
    rest(socket)
    socket.once('close', () => idle.delete(socket))
  })
  server.on('request', (request, response) => {
    idle.delete(request.socket)
    response.once('close', () => rest(request.socket))
  })
  // A WebSocket is bounded by whoever takes it.
  server.on('upgrade', (request) => idle.delete(request.socket))
}
