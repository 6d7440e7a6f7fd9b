import Glibc
import TestSupport
import Testing

/// Where the server listens, and who is said to be there, through the built program.
@Suite struct ListeningStoryTests {
  @Test("both families and a Unix socket: each announced, TCP first, and served; the socket's file goes with the server, or is replaced")
  func several() async throws {
    let folder = TemporaryFolder()
    let path = folder.file("gate.sock")
    let loopback = hasIPv6 ? "[::1]" : "127.0.0.1"
    var settings = HouseSettings()
    settings.server = #"listen: ["unix:\#(path)", "\#(loopback):0", "127.0.0.1:0"], public_url: "https://gatehouse.example.com""#
    try await House.with(settings) { house in
      let announced = house.announced
      #expect(announced.count == 3, "\(announced)")
      #expect(announced.first?.hasPrefix("http://\(loopback):") == true && announced.last == "unix:\(path)", "\(announced)")
      for place in announced.dropFirst() { try house.answers(over: place) }
      // The house's own client, and an approver's, over IPv6.
      #expect(house.url == announced.first)
      try await house.command(["change", "list"], as: "alice").expectDone()
      for url in announced { try await house.command(["probe", "--url", url]).expectDone() }
      let token = try await house.token(of: "alice")
      try await Program.run(["change", "list"], environment: ["GATEHOUSE_URL": "unix:\(path)", "GATEHOUSE_TOKEN": token]).expectDone()

      let other = try House(HouseSettings())
      let taken = try await other.command(["serve", "--listen", "unix:\(path)"])
      await other.close()
      #expect(taken.ending == .exit(2) && taken.errors.contains("gatehouse: unix:\(path) is in use"), "\(taken)")
      house.crash()
      #expect(access(path, F_OK) == 0)
      try await house.start()
      try house.answers(over: "unix:\(path)")
      house.signal(SIGTERM)
      #expect(try await house.ending() == .exit(0))
      #expect(access(path, F_OK) != 0)
    }
  }

  @Test("a socket in place of --listen cannot be made: told in a sentence, and nobody's file is lost")
  func noSocket() async throws {
    try await House.with(serving: false) { house in
      for (path, says) in [(house.configurationFile, "is no socket"), ("/no/such/gate.sock", "its folder is not there")] {
        let run = try await house.command(["serve", "--listen", "unix:\(path)"])
        #expect(run.ending == .exit(2) && run.errors.contains(says) && run.errors.contains("--listen"), "\(run)")
      }
      #expect(text(ofFile: house.configurationFile).contains("gitlab:"))
    }
  }

  @Test("behind a trusted proxy the log names the client, by one field; SIGHUP changes who is trusted")
  func proxy() async throws {
    let fields = ["X-Forwarded-For": "6.6.6.6, 203.0.113.9", "Forwarded": "for=198.51.100.7"]
    // Reading is logged at this level only.
    var settings = HouseSettings(logLevel: "debug")
    let keys = settings.server
    try await House.with(settings) { house in
      let changes = [
        ("", "127.0.0.1"), (", trusted_proxies: [127.0.0.1]", "203.0.113.9"),
        (", trusted_proxies: [127.0.0.0/8], forwarded_field: forwarded", "198.51.100.7"), (", trusted_proxies: [unix]", "127.0.0.1"),
      ]
      for (number, (trust, client)) in changes.enumerated() {
        settings.server = keys + trust
        house.configure(settings)
        house.signal(SIGHUP)
        try await eventually("the new configuration") { house.lines(with: "configuration read anew").count == number + 1 }
        let id = "request-\(number)"
        let got = try await house.send(.get, "/healthz", headers: fields.merging(["X-Request-Id": id]) { $1 })
        #expect(got.status == 200)
        let line = try await eventually("the answer in the log") { () -> Sighting<Substring> in
          house.lines(with: id).first.map(Sighting.found) ?? .notYet(house.log)
        }
        #expect(line.contains(#""peer":"\#(client)""#), "\(trust): \(line)")
      }
      #expect(!house.log.contains("changes only with a restart"))
    }
  }
}

extension House {
  /// Where the server that runs says that it listens.
  fileprivate var announced: [String] {
    printed.split(separator: "\n").filter { $0.hasPrefix("gatehouse: listening on ") }.map {
      String($0.dropFirst("gatehouse: listening on ".count))
    }
  }

  fileprivate func answers(over place: String) throws {
    let connection = try RawConnection(to: place)
    try connection.send("GET /healthz HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n")
    #expect(try connection.receive(upTo: "\r\n").hasPrefix("HTTP/1.1 200 "))
  }
}
