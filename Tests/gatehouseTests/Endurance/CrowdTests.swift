import Glibc
import Testing

/// Many clients at once, idle or slow: they cost little, the slow ones are sent away, and who behaves well is served all the while.
@Suite struct CrowdTests {
  private static let questions = 300

  @Test(
    "ten thousand idle connections take little memory, and a request beside them costs no more than without them",
    .enabled(if: mayOpen(12_000), "this process may not open 12000 files: raise the hard limit (ulimit -Hn)"))
  func idle() async throws {
    var settings = HouseSettings()
    settings.limits = "connections: 11000, connections_by_address: 2000, header_timeout: 2m"
    try await House.with(settings) { house in
      let (bytesEach, alone, beside) = try await blocking {
        try house.serves()
        let before = try house.memory("VmRSS")
        let alone = try house.processorTime { for _ in 0..<CrowdTests.questions { try house.serves() } }
        var crowd: [RawConnection] = []
        while crowd.count < 10_000 {
          // No more at once than wait in the kernel's queue, or some would wait for a packet to be sent again.
          let group = try (0..<250).map { _ in try RawConnection(to: house.url, from: UInt8(2 + crowd.count / 2_000)) }
          for client in group { try client.send(House.question) }
          for client in group { #expect(try client.status() == 200) }
          crowd += group
        }
        let after = try house.memory("VmRSS")
        let beside = try house.processorTime { for _ in 0..<CrowdTests.questions { try house.serves() } }
        return ((after - before) / crowd.count, alone, beside)
      }
      print("10,000 idle connections: \(bytesEach) bytes each; \(CrowdTests.questions) requests cost \(alone), \(beside) beside them")
      #expect(bytesEach < 4_096)
      // In processor time, for what else the machine does is not the server's. A look at each of the connections would be ten times as much.
      #expect(beside < alone * 4)
    }
  }

  @Test("slow headers, slow bodies and slow readers are cut off, hundreds at once, and others do not notice")
  func slow() async throws {
    var settings = HouseSettings(logLevel: "error")
    settings.limits = "header_timeout: 2s, body_timeout: 2s, write_timeout: 2s"
    try await House.with(settings) { house in
      let (undisturbed, answered) = try await blocking {
        let heads = try CrowdTests.crowd(of: 200, house) { try $0.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ") }
        let bodies = try CrowdTests.crowd(of: 200, house) { try $0.send(House.delivery(of: 10_000)) }
        let readers = try CrowdTests.crowd(of: 20, house, receiveBuffer: 4_096) {
          try $0.send(String(repeating: House.question, count: 400))
        }
        let end = ContinuousClock.now + .seconds(60)
        var dripping = heads + bodies
        var (undisturbed, answered) = (0, 0)
        while !dripping.isEmpty, .now < end {
          try house.serves()
          answered += 1
          // As long as all are there: a server that waited for one of them would not have answered before it had cut that one off.
          if undisturbed == answered - 1, !(heads + bodies).contains(where: { $0.hasInput(within: .zero) }) { undisturbed = answered }
          // One byte more each time; whoever was cut off finds it out at the second.
          dripping.removeAll { (try? $0.send("x")) == nil }
        }
        #expect(dripping.isEmpty, "\(dripping.count) are still there")
        for client in heads + bodies { CrowdTests.expectTimeout(client) }
        for reader in readers {
          let text = (try? reader.receiveToEnd()) ?? ""
          #expect(text.ranges(of: "HTTP/1.1 200").count < 400, "a reader that did not read was waited for")
        }
        return (undisturbed, answered)
      }
      print("420 slow clients; \(answered) requests answered beside them, \(undisturbed) of these before the first of them was cut off")
      #expect(undisturbed > 0)
    }
  }

  private static func crowd(
    of count: Int, _ house: House, receiveBuffer: Int32? = nil, _ begin: (RawConnection) throws -> Void
  ) throws -> [RawConnection] {
    try (0..<count).map { index in
      let client = try RawConnection(to: house.url, from: UInt8(2 + index % 4), receiveBuffer: receiveBuffer)
      try begin(client)
      return client
    }
  }

  /// A 408, or nothing where the connection was reset by a byte that came too late.
  private static func expectTimeout(_ client: RawConnection) {
    let text = (try? client.receiveToEnd()) ?? ""
    #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 408 "), "\(text)")
  }
}
