package import Calendar
package import HTTPMessages
internal import Synchronization

/// A world behind a real socket: answers over HTTP/1.1 with all its faults, lets jobs run as time goes by, and sends hooks.
///
/// A thread-safe handle. Hooks are sent at the same time as each other, in no order, and never twice.
package final class SimulatedGitLab: Sendable {
  private let rim: Rim
  private let sending: Task<Void, Never>

  /// - Parameters:
  ///   - clock: what time it is; the world itself has none.
  ///   - transport: sends the hooks.
  package init(world: World, clock: @escaping @Sendable () -> Instant, transport: any Transport) {
    let (stream, outgoing) = AsyncStream<World.HookDelivery>.makeStream()
    let rim = Rim(world: world, clock: clock, outgoing: outgoing)
    self.rim = rim
    sending = Task {
      await withDiscardingTaskGroup { group in
        for await delivery in stream {
          group.addTask {
            let answer = await transport.send(delivery.request)
            rim.act { $0.settle(delivery, with: answer) }
            // Somebody may wait for it.
            rim.loop.withLock { $0 }?.wake()
          }
        }
      }
    }
  }

  /// Listens and returns the base URL, which the world takes for its own. Port 0 picks a free one.
  package func start(host: String = "127.0.0.1", port: UInt16 = 0) throws(ListenFailure) -> String {
    let rim = rim
    let loop = try SocketLoop(
      host: host, port: port, respond: { rim.respond(to: $0) },
      settled: { id in rim.world.withLock { $0.takeAnswer(afterDelivery: id) } }, tick: { rim.act { _ in } },
      untilTick: { rim.untilNextTick })
    let url = "http://\(host):\(loop.port)"
    rim.act { $0.instance.baseURL = url }
    rim.loop.withLock { $0 = loop }
    return url
  }

  /// Looks at the world or does something in it, now. Hooks that follow are sent afterwards.
  @discardableResult
  package func with<Value: Sendable, Failure: Error>(_ body: (inout World) throws(Failure) -> Value) throws(Failure) -> Value {
    defer { rim.loop.withLock { $0 }?.wake() }
    return try rim.act(body)
  }

  /// Closes all connections; hooks that are not out yet are dropped.
  package func shutDown() async {
    let loop = rim.loop.withLock { loop in
      defer { loop = nil }
      return loop
    }
    await loop?.stop()
    rim.outgoing.finish()
    sending.cancel()
    await sending.value
  }
}

/// What the loop's thread, the sender and the callers share.
private final class Rim: Sendable {
  let world: Mutex<World>
  let clock: @Sendable () -> Instant
  let outgoing: AsyncStream<World.HookDelivery>.Continuation
  let loop = Mutex<SocketLoop?>(nil)

  init(world: World, clock: @escaping @Sendable () -> Instant, outgoing: AsyncStream<World.HookDelivery>.Continuation) {
    self.world = Mutex(world)
    self.clock = clock
    self.outgoing = outgoing
  }

  /// One step in the world at the present instant; what it wants to send goes out once the lock is free.
  func act<Value: Sendable, Failure: Error>(_ body: (inout World) throws(Failure) -> Value) throws(Failure) -> Value {
    let now = clock()
    let (result, deliveries) = world.withLock { world -> (Result<Value, Failure>, [World.HookDelivery]) in
      world.tick(at: now)
      let result: Result<Value, Failure>
      do throws(Failure) { result = .success(try body(&world)) } catch { result = .failure(error) }
      return (result, world.takeDeliveries())
    }
    for delivery in deliveries { outgoing.yield(delivery) }
    return try result.get()
  }

  func respond(to request: Request) -> Reply {
    let now = clock()
    let (reply, deliveries) = world.withLock { world in
      let reply = world.respond(to: request, at: now)
      return (reply, world.takeDeliveries())
    }
    for delivery in deliveries { outgoing.yield(delivery) }
    return reply
  }

  var untilNextTick: Duration? {
    let now = clock()
    return world.withLock { $0.nextDue }.map { $0 - now }
  }
}
