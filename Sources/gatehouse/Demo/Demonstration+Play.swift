import ChangeControl
import GitLabSimulator
import HTTPTypes
import JSON
import Storage

extension Demonstration {
  /// How long the story may take in all before something is wrong: it takes about five seconds.
  static let patience: Duration = .seconds(60)
  private static let glance: Duration = .milliseconds(50)

  // MARK: By itself

  /// The whole story, or what there is of it when somebody stops it.
  func playOnce(unless signals: AsyncStream<Signals.Wish>) async -> Ending {
    let playing = Task { await playOnce() }
    let listening = Task {
      for await wish in signals where wish == .stop { return playing.cancel() }
    }
    let ending = await playing.value
    listening.cancel()
    return playing.isCancelled ? .wrong("it was stopped") : ending
  }

  /// One deployment approved and run, one rejected and stopped. Says of each step when it happened.
  private func playOnce() async -> Ending {
    do {
      var story = Story()
      narrator.say("GitLab is simulated at \(gitlabURL); the gate and its database are real")
      let first = startDeployment("Raise checkout timeout")
      narrator.say("dana pushes 'Raise checkout timeout': GitLab blocks deployment \(first.deploymentID) to production")
      let approved = try await story.opened(in: self)
      try await decide(approved, "approved", by: "alice", comment: "tested on staging")
      try await story.reaches("Deployed", approved, in: self)
      try expect(gitlab.with { $0.jobs[first.jobID].status } == .success, "the approved job did not run to its end in GitLab")

      let second = startDeployment("Drop the orders table")
      narrator.say("dana pushes 'Drop the orders table': GitLab blocks deployment \(second.deploymentID) to production")
      let rejected = try await story.opened(in: self)
      try await decide(rejected, "rejected", by: "bob", comment: "not on a Friday")
      try await story.delivers("reject", rejected, in: self)
      try expect(gitlab.with { $0.jobs[second.jobID].status } == .failed, "the rejected job was not stopped in GitLab")

      let head = try await verifyChain()
      narrator.say("the audit log verifies: \(head.seq) entries, head \(head.hash.prefix(12))…")
      narrator.say("one deployment approved and run, one rejected and stopped: as it should be")
      return .right
    } catch let wrong as Wrong {
      return .wrong(wrong.what)
    } catch {
      return .wrong("\(error)")
    }
  }

  private func decide(_ change: Int64, _ status: String, by user: String, comment: String) async throws {
    guard let token = tokens[user] else { throw Wrong(what: "\(user) has no token") }
    let client = try APIClient(url: url, token: token)
    _ = try await client.send(
      .post, "/api/v1/changes/\(ChangeRequest.key(change))/approval", body: ["status": .string(status), "comment": .string(comment)])
  }

  private func expect(_ holds: Bool, _ otherwise: String) throws {
    guard holds else { throw Wrong(what: otherwise) }
  }

  private func verifyChain() async throws -> AuditHead {
    guard case .holds(let head) = try await server.verifyAudit() else { throw Wrong(what: "the audit log does not verify") }
    return head
  }

  struct Wrong: Error {
    var what: String
  }

  /// Reads the audit log along, tells it, and waits for what has to come next.
  private struct Story {
    private var seen: Int64 = 0
    private let end = ContinuousClock.now + Demonstration.patience

    mutating func opened(in demo: Demonstration) async throws -> Int64 {
      try await next(in: demo, "the change request was not opened") { entry, _ in entry.action == AuditAction.changeOpened.rawValue } ?? 0
    }

    mutating func reaches(_ status: String, _ change: Int64, in demo: Demonstration) async throws {
      _ = try await next(in: demo, "\(ChangeRequest.key(change)) did not become '\(status)'") { entry, detail in
        entry.change == change && detail["to"]?.string == status
      }
    }

    mutating func delivers(_ step: String, _ change: Int64, in demo: Demonstration) async throws {
      _ = try await next(in: demo, "\(step) of \(ChangeRequest.key(change)) was not delivered to GitLab") { entry, detail in
        entry.change == change && entry.action == AuditAction.callbackDelivered.rawValue && detail["step"]?.string == step
      }
    }

    private mutating func next(
      in demo: Demonstration, _ otherwise: String, where matches: (AuditEntry, JSONValue) -> Bool
    ) async throws -> Int64? {
      while ContinuousClock.now < end {
        for entry in try await demo.server.auditEntries(after: seen) {
          seen = entry.seq
          if let words = demo.narrator.words(for: entry) { demo.narrator.say(words) }
          if matches(entry, (try? JSONValue.parse(entry.detail)) ?? .null) { return entry.change }
        }
        try await Task.sleep(for: Demonstration.glance)
      }
      throw Wrong(what: "\(otherwise) within \(Demonstration.patience.components.seconds) seconds")
    }
  }

  // MARK: For a person

  private static let titles = ["Raise checkout timeout", "Drop the orders table", "Show prices in euros", "Try the new payment provider"]

  /// Starts a deployment, says how to decide it, tells what happens, and starts the next one when it is over. Until SIGINT or SIGTERM.
  func playUntilStopped(_ signals: AsyncStream<Signals.Wish>) async -> Ending {
    printLine("")
    narrator.say("GitLab is simulated at \(gitlabURL); the gate and its database are real")
    let telling = Task { await tell() }
    for await wish in signals where wish == .stop { break }
    telling.cancel()
    await telling.value
    printLine("")
    narrator.say("stopped; the demo's database is removed")
    return .right
  }

  private func tell() async {
    var seen: Int64 = 0
    var started = 0
    var isOver = true
    while !Task.isCancelled {
      if isOver {
        let title = Demonstration.titles[started % Demonstration.titles.count]
        let pipeline = startDeployment(title)
        narrator.say("dana pushes '\(title)': GitLab blocks deployment \(pipeline.deploymentID) to production")
        started += 1
        isOver = false
      }
      for entry in (try? await server.auditEntries(after: seen)) ?? [] {
        seen = entry.seq
        if let words = narrator.words(for: entry) { narrator.say(words) }
        if entry.action == AuditAction.changeOpened.rawValue, let change = entry.change { invite(ChangeRequest.key(change)) }
        isOver = isOver || ends(entry)
      }
      try? await Task.sleep(for: Demonstration.glance)
    }
  }

  /// The story of a change ends with its deployment, or with GitLab having stopped it.
  private func ends(_ entry: AuditEntry) -> Bool {
    let detail = (try? JSONValue.parse(entry.detail)) ?? .null
    switch AuditAction(rawValue: entry.action) {
    case .statusChanged: return (rules?.lastStatuses ?? ["Deployed", "Failed", "Canceled"]).contains(detail["to"]?.string ?? "")
    case .callbackDelivered: return detail["step"]?.string == "reject"
    case .callbackAbandoned: return true
    default: return false
    }
  }

  /// The same where somebody's own rules say what there is to do.
  private func invite(_ key: String, by rules: Rules) {
    let people = tokens.sorted { $0.key < $1.key }.map { "    \($0.key.padded(to: 12)) \($0.value)" }.joined(separator: "\n")
    printLine(
      """

        \(key) follows \(rules.text). In another terminal, with the token of whom you want to be:

          export GATEHOUSE_URL=\(url) GATEHOUSE_TOKEN=…
          \(CommandLine.arguments[0]) change show \(key)
          \(CommandLine.arguments[0]) change explain \(key)
          \(CommandLine.arguments[0]) change --help

        Tokens, each with the role operator, so that only the policy says who may:

      \(people)

        Ctrl-C ends the demo.

      """)
  }

  /// What to do next: lines that work when pasted.
  private func invite(_ key: String) {
    if let rules { return invite(key, by: rules) }
    func curl(_ user: String, _ body: String) -> String {
      """
          curl -sS -X POST \(url)/api/v1/changes/\(key)/approval -H 'Authorization: Bearer \(tokens[user] ?? "")' \\
            -H 'Content-Type: application/json' -d '\(body)'
      """
    }
    printLine(
      """

        \(key) waits for one of alice and bob. In another terminal, approve it as alice:

      \(curl("alice", #"{"status":"approved","comment":"tested on staging"}"#))

        or reject it as bob:

      \(curl("bob", #"{"status":"rejected","comment":"not on a Friday"}"#))

        or look first:

          export GATEHOUSE_URL=\(url) GATEHOUSE_TOKEN=\(tokens["alice"] ?? "")
          \(CommandLine.arguments[0]) change explain \(key)

        Other tokens: operator \(tokens["olga"] ?? ""), auditor \(tokens["audrey"] ?? "")
        Ctrl-C ends the demo.

      """)
  }
}
