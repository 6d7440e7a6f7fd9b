import Glibc
import JSON
import Storage
import TestSupport
import Testing

/// Files, memory or the disk run short: it is said, nothing is lost, and service resumes by itself.
@Suite struct ScarcityTests {
  @Test("out of file descriptors: said in the log, those connected are served, and those in the kernel's queue later")
  func descriptors() async throws {
    try await House.with { house in
      try await house.hasReconciled()
      let open = names(inFolder: "/proc/\(try house.serving())/fd").count
      try await house.limit("nofile=\(open + 8)")
      try await blocking {
        var clients = try (0..<14).map { _ in try RawConnection(to: house.url) }
        for client in clients { try client.send(House.question) }
        #expect(try clients[0].status() == 200)
        let end = ContinuousClock.now + .seconds(30)
        while !house.log.contains("cannot accept connections (errno 24"), .now < end { usleep(20_000) }
        #expect(house.log.contains("cannot accept connections (errno 24"))
        try clients[0].send(House.question)
        #expect(try clients[0].status() == 200)
        clients.removeFirst()
        while !clients.isEmpty {
          #expect(try clients[0].status() == 200)
          clients.removeFirst()
        }
      }
    }
  }

  @Test("the server raises its limit of open files as far as its connections need, and says where that ends", arguments: [2_192, 500])
  func openFiles(hard: Int) async throws {
    var settings = HouseSettings()
    settings.limits = "connections: 2000"
    try await House.with(settings, serving: false) { house in
      let child = try await house.startLimited(to: hard)
      let line = text(ofFile: "/proc/\(child.pid)/limits").split(separator: "\n").first { $0.hasPrefix("Max open files") }
      #expect(line?.split(separator: " ").dropFirst(3).first == "\(hard)", "\(line ?? "")")
      #expect(child.errorText.contains("raise LimitNOFILE") == (hard == 500), "\(child.errorText)")

      let check = try await Program.shell(
        "ulimit -Sn 256 && ulimit -Hn \(hard) && $GATEHOUSE check --config '\(house.configurationFile)'",
        environment: HouseSettings.environment, in: house.folder)
      // Aligned with its neighbours.
      let words = check.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("warn open files: this process may open 500 at most") == (hard == 500), "\(check.output)")
      #expect(check.output.contains("LimitNOFILE=2192") == (hard == 500), "\(check.output)")
    }
  }

  @Test("fewer files than the connections need: half of the connections that there can be are not for those who listen")
  func listenersWithFewFiles() async throws {
    let (files, connections) = (232, 40)
    try await House.with(serving: false) { house in
      let child = try await house.startLimited(to: files)
      let token = try await house.token(of: "vera")
      try await blocking {
        let url = child.outputText.trimmingPrefix("gatehouse: listening on ").prefix { !$0.isWhitespace }
        // One address may not have more than half either.
        let clients = try (0..<connections - 10).map { try RawConnection(to: String(url), from: UInt8(2 + $0 % 2)) }
        let answers = try clients.map { client in
          try client.send("GET /api/v1/events HTTP/1.0\r\nAuthorization: Bearer \(token)\r\n\r\n")
          return try client.receive(upTo: "\r\n\r\n")
        }
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200 ") } == connections / 2)
      }
    }
  }

  /// With a token the head proves the sender, who has all of it; with a signature anybody may send a body, and has a quarter.
  @Test("large bodies at once: as many as there is memory for, 503 for the rest", arguments: [HouseSettings.Proof.token, .signature])
  func memory(_ proof: HouseSettings.Proof) async throws {
    var settings = HouseSettings(proof: proof, hookEvents: [])
    settings.limits = "bodies_in_memory: 64MiB"
    try await House.with(settings) { house in
      let (room, part) = (proof == .token ? 64 : 16, 5 << 20)
      let before = try house.memory("VmHWM")
      try await blocking {
        let signed = "webhook-id: a\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\n"
        let head = proof == .token ? House.delivery(of: part + 1) : House.delivery(of: part + 1, signed)
        var held: [RawConnection] = []
        var refused = 0
        for _ in 0..<20 {
          let client = try RawConnection(to: house.url)
          do {
            try client.send(Array(head.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: part))
            // Whether it is held is known when the server has read all of it: nothing else is.
            if try client.isRefused(within: .milliseconds(500)) { refused += 1 } else { held.append(client) }
          } catch { refused += 1 }
        }
        #expect((room / 5 - 2...room / 5).contains(held.count), "\(held.count) bodies are held")
        #expect(refused == 20 - held.count)
        try house.serves()
        for client in held { try client.send("x") }
        for client in held { #expect(try client.status() == (proof == .token ? 400 : 401)) }
      }
      let peak = try house.memory("VmHWM") - before
      print("20 bodies of 5 MiB, room for \(room) MiB: \(peak >> 20) MiB more at the peak")
      #expect(peak < 2 * room << 20)
      try await house.hasReconciled()
      let hook = try await house.hookNotDelivered()
      if proof == .token { #expect(try await house.deliver(hook).result == "recorded") }
    }
  }

  @Test("somebody else holds the database: 503 with Retry-After, others are served, and what is answered 200 afterwards is there")
  func stalledWriter() async throws {
    try await House.with(HouseSettings(hookEvents: [])) { house in
      try await house.hasReconciled()
      let other = try Connection(path: house.database, access: .readWrite)
      try other.run("BEGIN IMMEDIATE")
      try await blocking {
        let senders = try (0..<100).map { try house.sender("held-\($0)") }
        var answered = 0
        while !senders[0].hasInput(within: .milliseconds(10)) {
          try house.serves()
          answered += 1
        }
        // The last one may have come after the first 503.
        #expect(answered > 1)
        for sender in senders {
          let head = try sender.receive(upTo: "\r\n\r\n")
          #expect(head.hasPrefix("HTTP/1.1 503 ") && head.contains("Retry-After: 5"), "\(head)")
        }
      }
      try other.run("ROLLBACK")
      try await blocking {
        let senders = try (0..<100).map { try house.sender("free-\($0)") }
        for sender in senders { #expect(try sender.status() == 200) }
      }
      #expect(try house.deliveries("free") == 100)
    }
  }
}

extension ScarcityTests {
  /// Up to 256 are in the hands of the writer, 4096 wait for it, and there is no room for more.
  @Test(
    "more deliveries than the writer's queue holds: told to come again at once, and those that wait are stored",
    .enabled(if: mayOpen(6_000), "this process may not open 6000 files: raise the hard limit (ulimit -Hn)"))
  func fullQueue() async throws {
    var settings = HouseSettings(hookEvents: [], logLevel: "error")
    settings.limits = "connections: 6000, connections_by_address: 6000"
    try await House.with(settings) { house in
      try await house.hasReconciled()
      let before = try house.memory("VmRSS")
      let (waited, stored) = try await blocking {
        let other = try Connection(path: house.database, access: .readWrite)
        try other.run("BEGIN IMMEDIATE")
        var waiting: [RawConnection] = []
        var (sent, isFull) = (0, false)
        while !isFull, sent < 20_000 {
          waiting += try house.senders(250, "waiting-\(sent)")
          sent += 250
          let answers = try waiting.filter { $0.hasInput(within: .zero) }.map { try $0.receive(upTo: "}") }
          #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 503 ") && $0.contains("more waits than can be done at once") })
          waiting.removeAll { $0.isRead }
          // The writer says 503 too, to some hundreds at a time: it gives up the lock after five seconds. On a slow machine they come before.
          isFull = !answers.isEmpty && waiting.count >= Writer.queueLimit
        }
        let waited = waiting.count
        try other.run("ROLLBACK")
        return (waited, try waiting.count { try $0.status() == 200 })
      }
      let grown = try house.memory("VmHWM") - before
      print("a full queue was told of while \(waited) waited; \(stored) deliveries were stored; \(grown >> 20) MiB more at the peak")
      #expect((Writer.queueLimit...Writer.queueLimit + Writer.batchLimit).contains(waited))
      #expect(try house.deliveries("waiting") == stored)
      #expect(stored > 3_000)
      #expect(grown < 200 << 20)
    }
  }
}

extension House {
  /// A server that may open so many files, and listens.
  fileprivate func startLimited(to files: Int) async throws -> Child {
    let script = "ulimit -Sn \(min(files, 256)) && ulimit -Hn \(files) && exec \"$0\" serve --config \"$1\""
    let child = try Child(
      "/bin/sh", ["-c", script, Program.path, configurationFile], environment: HouseSettings.environment, in: folder, named: "limited")
    try await eventually("the server to listen") { child.outputText.contains("listening on") }
    return child
  }

  /// So many connections, on each of which a delivery was sent. All of them have been taken in when this returns.
  fileprivate func senders(_ count: Int, _ name: String) throws -> [RawConnection] {
    var senders: [RawConnection] = []
    while senders.count < count {
      // No more at once than wait in the kernel's queue.
      for _ in 0..<min(250, count - senders.count) { senders.append(try sender("\(name)-\(senders.count)")) }
      try serves()
    }
    return senders
  }

  /// How many deliveries are stored whose keys begin so.
  fileprivate func deliveries(_ name: String) throws -> Int {
    let found = try read {
      try $0.connection.query("SELECT count(*) FROM delivery WHERE idempotency_key LIKE ? || '-%'", name) { $0.requiredInteger(0) }
    }
    return Int(found.first ?? 0)
  }

  /// A connection on which a delivery with this key was sent, whose answer is still to come.
  fileprivate func sender(_ key: String) throws -> RawConnection {
    let sender = try RawConnection(to: url)
    try sender.send(
      House.delivery(of: 2, "X-Gitlab-Token: \(HouseSettings.webhookToken)\r\nIdempotency-Key: \(key)\r\n") + "{}")
    return sender
  }
}

extension RawConnection {
  /// Whether a 503 comes within so long.
  fileprivate func isRefused(within limit: Duration) throws -> Bool {
    guard hasInput(within: limit) else { return false }
    return try receive(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 503 ")
  }
}
