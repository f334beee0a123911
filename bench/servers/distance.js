// Forwards connections to a port with a delay in each direction, and prints its own port.
import { connect, createServer } from 'node:net'

const [port, eachWayMs] = process.argv.slice(2).map(Number)

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ port, host: '127.0.0.1', noDelay: true })
  pass(near, far)
  pass(far, near)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

function pass(from, to) {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), eachWayMs))
  from.on('close', () => setTimeout(() => to.destroy(), eachWayMs))
  from.on('error', () => {})
}
