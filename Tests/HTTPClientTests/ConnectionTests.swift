import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPClient

/// Connections, turns, cancellation, shutting down.
@Suite struct ConnectionTests {
  @Test func usesAConnectionAgain() async throws {
    let connections = Record(0)
    let server = try RawServer { connection in
      connections.update { $0 += 1 }
      while connection.request() != nil { connection.answer("ok") }
    }
    let client = try HTTPClient(limits: .with { $0.idleConnection = .seconds(600) })
    for _ in 0..<20 { #expect(await client.send(request(.post, server.authority, body: "x")).response?.text == "ok") }
    #expect(connections.value == 1)
  }

  /// The second request on a connection is read and the connection closed without an answer. Was it carried out? Only the caller can find out.
  @Test(arguments: [(HTTPRequest.Method.post, 2), (.put, 2), (.delete, 2), (.get, 3)])
  func sendsWhatChangesSomethingOnceOnly(method: HTTPRequest.Method, sent: Int) async throws {
    let requests = Record(0)
    let server = try RawServer { connection in
      while connection.request() != nil {
        if requests.update({
          $0 += 1
          return $0
        }) == 2 {
          return
        }
        connection.answer("ok")
      }
    }
    let client = try HTTPClient(limits: .with { $0.idleConnection = .seconds(600) })
    #expect(await client.send(request(method, server.authority)).response?.text == "ok")
    let second = await client.send(request(method, server.authority))
    if sent == 2 {
      #expect(second.failure?.effect == .unknown)
      #expect(second.failure?.reason.contains("closed the connection without an answer") == true)
    } else {
      #expect(second.response?.text == "ok")
    }
    await client.shutDown()
    #expect(requests.value == sent)
  }

  @Test func boundsRequestsUnderWayToAnOrigin() async throws {
    let underWay = Record((now: 0, most: 0))
    let checkpoint = Checkpoint()
    let server = try RawServer { connection in
      while connection.request() != nil {
        underWay.update { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        checkpoint.arrive()
        checkpoint.wait()
        underWay.update { $0.now -= 1 }
        connection.answer("ok")
      }
    }
    let client = try HTTPClient(limits: .with { $0.concurrencyPerOrigin = 3 })
    let authority = server.authority
    let answered = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
      for _ in 0..<12 { group.addTask { await client.send(request(authority)).response?.text == "ok" } }
      await checkpoint.reached(times: 3)
      checkpoint.release(times: 12)
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(answered == 12)
    #expect(underWay.value.most == 3)
  }

  @Test func givesBackWhatDoesNotFitIntoTheQueueOrWaitsTooLong() async throws {
    let checkpoint = Checkpoint()
    let server = try RawServer { connection in
      while connection.request() != nil {
        checkpoint.arrive()
        checkpoint.wait()
        connection.answer("ok")
      }
    }
    let client = try HTTPClient(
      limits: .with {
        $0.concurrencyPerOrigin = 1
        $0.queueLengthPerOrigin = 1
        $0.queueTimeout = .milliseconds(400)
      })
    let authority = server.authority
    async let first = client.send(request(authority))
    await checkpoint.reached()
    // One of the two finds room and waits in vain, the other none.
    async let second = client.send(request(.post, authority))
    async let third = client.send(request(.post, authority))
    let failures = await [second.failure, third.failure]
    #expect(failures.allSatisfy { $0?.effect == TransportFailure.Effect.none })
    #expect(failures.count { $0?.reason.contains("1 requests already wait") == true } == 1)
    #expect(failures.count { $0?.reason.contains("waited 0.4 seconds for its turn") == true } == 1)
    checkpoint.release()
    #expect(await first.response?.text == "ok")
  }

  @Test func cancellingATaskEndsItsTransfer() async throws {
    let checkpoint = Checkpoint()
    let server = try RawServer { connection in
      _ = connection.request()
      checkpoint.arrive()
      if connection.waitForClose() { checkpoint.arrive() }
    }
    let client = try HTTPClient()
    let authority = server.authority
    let task = Task { await client.send(request(.post, authority, body: "x")) }
    await checkpoint.reached()
    task.cancel()
    let failure = try #require(await task.value.failure)
    #expect(failure.effect == .unknown)
    #expect(failure.reason.contains("cancelled after it was sent"))
    await checkpoint.reached()
  }

  @Test func aCancelBeforeTheStartIsKept() async throws {
    let requests = Record(0)
    let server = try RawServer { connection in
      while connection.request() != nil { requests.update { $0 += 1 } }
    }
    let client = try HTTPClient()
    let authority = server.authority
    for _ in 0..<50 {
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await client.send(request(.post, authority, body: "x"))
      }
      #expect(await task.value.failure == .cancelledInQueue)
    }
    #expect(requests.value == 0)
  }

  @Test func cancellingWhatWaitsSendsNothing() async throws {
    let checkpoint = Checkpoint()
    let requests = Record(0)
    let server = try RawServer { connection in
      while connection.request() != nil {
        requests.update { $0 += 1 }
        checkpoint.arrive()
        checkpoint.wait()
        connection.answer("ok")
      }
    }
    let client = try HTTPClient(limits: .with { $0.concurrencyPerOrigin = 1 })
    let authority = server.authority
    async let first = client.send(request(authority))
    await checkpoint.reached()
    let waiting = (0..<5).map { _ in Task { await client.send(request(.post, authority)) } }
    for task in waiting { task.cancel() }
    for task in waiting { #expect(await task.value.failure == .cancelledInQueue) }
    checkpoint.release()
    #expect(await first.response?.text == "ok")
    await client.shutDown()
    #expect(requests.value == 1)
  }

  /// Cancels at every moment there is; each send must end, once, whatever comes first.
  @Test func survivesCancellationAtAnyMoment() async throws {
    let server = try RawServer { connection in
      while connection.request() != nil { connection.answer("ok") }
    }
    let client = try HTTPClient()
    let authority = server.authority
    for round in 0..<200 {
      let task = Task { await client.send(request(.post, authority)) }
      for _ in 0..<(round % 10) { await Task.yield() }
      task.cancel()
      let answer = await task.value
      #expect(answer.response?.text == "ok" || answer.failure?.reason.contains("cancelled") == true, "\(answer)")
    }
    #expect(await client.send(request(authority)).response?.text == "ok")
  }

  @Test func shuttingDownLetsFinishWhatCan() async throws {
    let checkpoint = Checkpoint()
    let server = try RawServer { connection in
      while connection.request() != nil {
        checkpoint.arrive()
        checkpoint.wait()
        connection.answer("ok")
      }
    }
    let client = try HTTPClient(limits: .with { $0.concurrencyPerOrigin = 1 })
    let authority = server.authority
    async let first = client.send(request(.post, authority))
    await checkpoint.reached()
    async let waiting = client.send(request(.post, authority))
    async let end: Void = client.shutDown()
    // Whether it was in the queue before the end or came after: not sent.
    #expect(await waiting.failure == .closed)
    checkpoint.release()
    #expect(await first.response?.text == "ok")
    await end
    #expect(await client.send(request(authority)).failure == .closed)
    await client.shutDown()
  }

  @Test func shuttingDownFailsWhatCannotFinish() async throws {
    let checkpoint = Checkpoint()
    let server = try RawServer { connection in
      _ = connection.request()
      checkpoint.arrive()
      connection.waitForClose()
    }
    let client = try HTTPClient(limits: .with { $0.shutdownGrace = .milliseconds(200) })
    let authority = server.authority
    async let first = client.send(request(.post, authority))
    await checkpoint.reached()
    await client.shutDown()
    let failure = await first.failure
    #expect(failure?.effect == .unknown)
    #expect(failure?.reason.contains("had not answered when the gate was shut down") == true)
  }

  /// The thread and its connections go with the client.
  @Test func aDroppedClientLetsGoOfItsConnections() async throws {
    let checkpoint = Checkpoint()
    let server = try RawServer { connection in
      while connection.request() != nil { connection.answer("ok") }
      checkpoint.arrive()
    }
    do {
      let client = try HTTPClient()
      #expect(await client.send(request(server.authority)).response?.text == "ok")
    }
    await checkpoint.reached()
  }

  @Test func oneSlowOriginDoesNotHoldAnother() async throws {
    let checkpoint = Checkpoint()
    let slow = try RawServer { connection in
      _ = connection.request()
      checkpoint.arrive()
      checkpoint.wait()
      connection.answer("slow")
    }
    let quick = try RawServer { connection in
      while connection.request() != nil { connection.answer("quick") }
    }
    let client = try HTTPClient(limits: .with { $0.concurrencyPerOrigin = 1 })
    let authority = slow.authority
    async let first = client.send(request(authority))
    await checkpoint.reached()
    for _ in 0..<5 { #expect(await client.send(request(quick.authority)).response?.text == "quick") }
    checkpoint.release()
    #expect(await first.response?.text == "slow")
  }
}
