import Glibc
import JSON
import TestSupport
import Testing

/// `gatehouse change watch`: what happens, on a terminal.
@Suite struct WatchVerbTests {
  @Test("each event is a line as soon as it happens; whoever is cut off by a crash of the server misses nothing and hears nothing twice")
  func watch() async throws {
    let folder = TemporaryFolder()
    var settings = HouseSettings()
    settings.server = #"listen: ["127.0.0.1:0", "unix:\#(folder.file("gate.sock"))"], public_url: "https://gatehouse.example.com""#
    try await House.with(settings) { house in
      let environment = ["GATEHOUSE_URL": "unix:" + folder.file("gate.sock"), "GATEHOUSE_TOKEN": try await house.token(of: "vera")]
      let first = try await house.opened(house.deploy("one"))
      let watch = try Program.start(["change", "watch", "--json"], environment: environment, in: folder, named: "watch")
      // It hears what happens from now on, whenever that is.
      try await eventually("a comment to be heard") { () -> Sighting<Void> in
        _ = try await house.command(["change", "comment", first, "hello"], as: "alice")
        return watch.outputText.contains("hello") ? .found(()) : .notYet(watch.errorText)
      }
      house.crash()
      _ = try await house.ending()
      try await house.start()
      let second = try await house.opened(house.deploy("two"))
      try await eventually("the second change to be heard") {
        watch.outputText.contains(#""change":"\#(second)""#) ? Sighting.found(()) : .notYet(watch.outputText + watch.errorText)
      }
      #expect(watch.errorText.contains("coming back"), "\(watch.errorText)")
      let heard = watch.outputText.split(separator: "\n").compactMap { try? JSONValue.parse(Array($0.utf8)) }.compactMap {
        $0["id"]?.integer
      }
      let told = try await house.get("/api/v1/audit?limit=100", as: "audrey")["entries"]?.array ?? []
      let wanted = told.filter { $0["change"]?.string != nil }.compactMap { $0["seq"]?.integer }
      #expect(!heard.isEmpty && heard == Array(wanted.drop { $0 < heard[0] }.prefix(heard.count)), "\(heard) of \(wanted)")
      watch.signal(SIGINT)
      let ending = try await eventually("the verb to end") { watch.ending.map(Sighting.found) ?? .notYet("it runs") }
      #expect(ending == .signal(SIGINT))
    }
  }

  @Test("one change can be watched alone; a line says when, what, how it stands now, who, and why")
  func one() async throws {
    try await House.with { house in
      let folder = TemporaryFolder()
      let other = try await house.opened(house.deploy("other"))
      let key = try await house.opened(house.deploy("one"))
      let environment = ["GATEHOUSE_URL": house.url, "GATEHOUSE_TOKEN": try await house.token(of: "vera")]
      let watch = try Program.start(["change", "watch", "--change", key], environment: environment, in: folder, named: "watch")
      try await eventually("a comment to be heard") { () -> Sighting<Void> in
        for key in [other, key] { _ = try await house.command(["change", "comment", key, "hello"], as: "alice") }
        return watch.outputText.contains("hello") ? .found(()) : .notYet(watch.errorText)
      }
      let line = try #require(watch.outputText.split(separator: "\n").first)
      #expect(line.contains(/^[0-9T:.-]+Z  CHG-2  Awaiting approval  alice  change\.commented: hello$/), "\(line)")
      #expect(!watch.outputText.contains("CHG-1"))
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let told = [
        "alice  approval.recorded: approved, looked at it", "gatehouse  gate.turned: alice", "gatehouse  callback.delivered: play",
      ]
      try await eventually("what was said and done, and why") { () -> Sighting<Void> in
        let text = watch.outputText
        return told.allSatisfy { text.contains("  \($0)\n") } ? .found(()) : .notYet(text)
      }
    }
  }

  @Test("what cannot be watched is told at once")
  func refused() async throws {
    try await House.with { house in
      try await house.command(["change", "watch", "--change", "CHG-9"], as: "vera").expectRefusal(1, saying: "CHG-9")
      try await Program.run(["change", "watch"], environment: ["GATEHOUSE_URL": house.url, "GATEHOUSE_TOKEN": "none"])
        .expectRefusal(1, saying: "Gatehouse token")
    }
    try await Program.run(["change", "watch"], environment: UsageTests.client)
      .expectRefusal(1, saying: "cannot reach 127.0.0.1:1", "GATEHOUSE_URL")
  }
}
