import ChangeControl
import Glibc
import JSON
import TestSupport
import Testing

@testable import gatehouse

/// `gatehouse demo`: the first thing that anybody does with it.
@Suite struct DemoVerbTests {
  @Test("--once tells both stories to their end, says when, exits 0 and leaves nothing behind")
  func once() async throws {
    try await Places.forServers.withPlace {
      let folder = TemporaryFolder()
      let run = try await Program.run(["demo", "--once", "--listen", "127.0.0.1:0"], environment: ["TMPDIR": folder.path], in: folder)
      run.expectDone()
      var rest = run.output[...]
      for step in [
        "gatehouse: listening on http://127.0.0.1:", "GitLab blocks deployment 815 to production", "CHG-1 opened",
        "CHG-1 approved by alice",
        "CHG-1 gate is allowed", "CHG-1 GitLab counts the deployment approved", "CHG-1 GitLab has started the job",
        "CHG-1 Deploying → Deployed",
        "GitLab blocks deployment 816 to production", "CHG-2 opened", "CHG-2 rejected by bob", "CHG-2 gate is prevented",
        "CHG-2 GitLab has stopped the deployment for good", "the audit log verifies",
      ] {
        guard let found = rest.firstRange(of: step) else {
          Issue.record("'\(step)' is not told, or not in its turn: \(run.output)")
          return
        }
        rest = rest[found.upperBound...]
      }
      #expect(run.lines.dropFirst().allSatisfy { $0.contains(#/^ +\d+\.\d{3} s  [a-zA-Z]/#) }, "\(run.output)")
      #expect(names(inFolder: folder.path).allSatisfy { $0.hasPrefix("run-") })
    }
  }

  @Test("--once that is interrupted says so, and leaves nothing behind either", arguments: [SIGINT, SIGTERM])
  func interrupted(_ signal: Int32) async throws {
    try await Places.forServers.withPlace {
      // On a machine that is busy the story may be over before the signal comes.
      for attempt in 0..<5 {
        let folder = TemporaryFolder()
        let child = try Program.start(
          ["demo", "--once", "--listen", "127.0.0.1:0"], environment: ["TMPDIR": folder.path], in: folder, named: "run-demo-\(attempt)")
        try await eventually("the demo to have begun") { child.outputText.contains("GitLab is simulated") }
        child.signal(signal)
        let ending = try await eventually("the demo to end") { child.ending.map(Sighting.found) ?? .notYet(child.outputText) }
        #expect(names(inFolder: folder.path).allSatisfy { $0.hasPrefix("run-") }, "\(names(inFolder: folder.path))")
        if ending == .exit(0), child.outputText.contains("as it should be") { continue }
        #expect(ending == .exit(1))
        #expect(child.errorText.contains("it was stopped"), "\(child.errorText)")
        return
      }
      Issue.record("five stories were over before the signal came: nothing was interrupted")
    }
  }

  @Test("--config plays by somebody's own policy and workflow, with a token for each of its people")
  func ownRules() async throws {
    try await Places.forServers.withPlace {
      let folder = TemporaryFolder()
      let file = Clone.root + "/config/gatehouse.demo.yaml"
      let child = try Program.start(
        ["demo", "--config", file, "--listen", "127.0.0.1:0"], environment: ["TMPDIR": folder.path], in: folder, named: "run-demo")
      try await eventually("the invitation") { child.outputText.contains("Ctrl-C") }
      #expect(child.outputText.contains("CHG-1 follows policy careful and workflow itsm of service checkout"), "\(child.outputText)")
      let url = try #require(child.outputText.firstMatch(of: /GATEHOUSE_URL=(\S+)/)).output.1
      let token = try #require(child.outputText.firstMatch(of: /bob +(ght_\S+)/)).output.1
      #expect(child.outputText.contains(/alice +ght_/) && child.outputText.contains(/olga +ght_/), "\(child.outputText)")
      let access = ["GATEHOUSE_URL": String(url), "GATEHOUSE_TOKEN": String(token)]
      let broken = try await Program.run(["change", "break-glass", "CHG-1", "--reason", "down"], environment: access, in: folder)
      broken.expectDone()
      #expect(broken.output.contains("CHG-1  Implementing  (gate: allowed)"), "\(broken)")
      try await eventually("the next deployment") { child.outputText.contains("CHG-2 follows") }
      child.signal(SIGTERM)
      _ = try await eventually("the demo to end") { child.ending.map(Sighting.found) ?? .notYet(child.outputText) }
      #expect(names(inFolder: folder.path).allSatisfy { $0.hasPrefix("run-") })

      try await Program.run(["demo", "--once", "--config", file], in: folder).expectRefusal(2, saying: "--once", "--config")
      try await Program.run(["demo", "--config", "no-such-file"], in: folder).expectRefusal(2, saying: "no-such-file")
    }
  }

  @Test("a change whose time is over ends its story, also where GitLab is told nothing, and the next deployment comes")
  func expired() throws {
    let detail = try JSONValue.parse(#"{"from": "Awaiting approval", "to": "Expired"}"#)
    let onward = try JSONValue.parse(#"{"from": "Awaiting approval", "to": "Approved"}"#)
    let last = ["Deployed", "Expired"]
    #expect(Demonstration.isEnd(.gateTurned, detail, lastStatuses: last))
    #expect(!Demonstration.isEnd(.gateTurned, onward, lastStatuses: last))
    #expect(!Demonstration.isEnd(.gateTurned, detail, lastStatuses: nil))
  }

  @Test("a port that is taken is not silently another one when it was asked for")
  func portTaken() async throws {
    try await House.with { house in
      let folder = TemporaryFolder()
      let address = String(house.url.dropFirst("http://".count))
      let run = try await Program.run(["demo", "--once", "--listen", address], environment: ["TMPDIR": folder.path], in: folder)
      #expect(run.status != 0)
      #expect(run.output == "")
      run.expectWords([address])
      #expect(names(inFolder: folder.path).allSatisfy { $0.hasPrefix("run-") }, "\(names(inFolder: folder.path))")
    }
  }

  @Test("the lines that it shows work when they are pasted: one approves, one rejects; Ctrl-C ends it")
  func pasted() async throws {
    try await Places.forServers.withPlace {
      let folder = TemporaryFolder()
      let child = try Program.start(
        ["demo", "--listen", "127.0.0.1:0"], environment: ["TMPDIR": folder.path], in: folder, named: "run-demo")
      for (key, verb, end) in [("CHG-1", "approve", "Deployed"), ("CHG-2", "reject", "GitLab has stopped the deployment for good")] {
        let curl = try await eventually("the invitation to decide \(key)") { () -> Sighting<String> in
          let lines = child.outputText.split(separator: "\n", omittingEmptySubsequences: false)
          let starts = lines.indices.filter { lines[$0].contains("curl") && lines[$0].contains("/\(key)/approval") && $0 + 1 < lines.count }
          guard starts.count == 2, child.outputText.contains("Ctrl-C") else { return .notYet(child.outputText + child.errorText) }
          let start = starts[verb == "approve" ? 0 : 1]
          return .found(lines[start...(start + 1)].joined(separator: "\n"))
        }
        let answer = try await Program.shell(curl, in: folder)
        answer.expectDone()
        #expect(answer.printed?["key"]?.string == key, "\(answer)")
        try await eventually("\(key) to end") { child.outputText.contains("\(key) ") && child.outputText.contains(end) }
      }
      child.signal(SIGINT)
      let ending = try await eventually("the demo to end") { child.ending.map(Sighting.found) ?? .notYet(child.outputText) }
      #expect(ending == .exit(0))
      #expect(child.errorText == "")
      #expect(names(inFolder: folder.path).allSatisfy { $0.hasPrefix("run-") })
    }
  }
}
