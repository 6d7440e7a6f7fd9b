import ArgumentParser
import HTTPTypes
import JSON

struct ChangeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "change",
    abstract: "Reads and decides change requests, over the REST API.",
    discussion: """
      Set GATEHOUSE_URL to the gate's address (on its own machine unix:PATH will do) and GATEHOUSE_TOKEN to your token.
      Example: gatehouse change approve CHG-42 --comment "tested on staging"
      """,
    subcommands: [
      List.self, Watch.self, Show.self, Explain.self, Approve.self, Reject.self, Withdraw.self, Comment.self, Edit.self, Transition.self,
      BreakGlass.self, Review.self, OverrideFreeze.self, Retry.self,
    ])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows one change request, with what was said of it.", discussion: "Example: gatehouse change show CHG-42")

    @OptionGroup var change: ChangeArgument
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
      let answer = try await APIClient().send(.get, try change.path())
      if json { return try printAnswer(answer.text) }
      try printAnswer(describe(answer, comments: try await comments()))
    }

    /// All of them, page by page.
    private func comments() async throws -> [JSONValue] {
      var comments: [JSONValue] = []
      var query = "?limit=100"
      while true {
        let page = try await APIClient().send(.get, try change.path("/comments\(query)"))
        comments += page["comments"]?.array ?? []
        guard let cursor = page["next_cursor"]?.string else { return comments }
        query = "?limit=100&cursor=\(percentEncoded(cursor))"
      }
    }
  }

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says why a change waits, or why it was decided as it was, rule by rule.",
      discussion: "Example: gatehouse change explain CHG-42")

    @OptionGroup var change: ChangeArgument
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
      let answer = try await APIClient().send(.get, try change.path("/evaluation"))
      if json { return try printAnswer(answer.text) }
      try printAnswer("\(change.key): gate \(answer["gate"]?.string ?? "?"), verdict \(answer["verdict"]?.string ?? "none")")
      // Without its policy or workflow there is nothing to evaluate by, and what it waits for says so.
      guard let tree = answer["evaluation"], !tree.isNull else {
        return try printAnswer(describeWaiting(answer).joined(separator: "\n"))
      }
      let lines = [describe(finding: tree, indent: "")] + describeDrift(answer) + describeWaiting(answer, besides: tree)
      try printAnswer(lines.joined(separator: "\n"))
    }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approves a change request, as you.", discussion: "Example: gatehouse change approve CHG-42 --comment \"tested on staging\""
    )

    @OptionGroup var change: ChangeArgument
    @OptionGroup var words: DecisionWords
    @OptionGroup var time: EffectiveTime

    func run() async throws { try await decide("approved", change, words, effectiveAt: time.effectiveAt) }
  }

  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rejects a change request, as you: its deployment is stopped for good.",
      discussion: "Example: gatehouse change reject CHG-42 --comment \"not before the release\"")

    @OptionGroup var change: ChangeArgument
    @OptionGroup var words: DecisionWords

    func run() async throws { try await decide("rejected", change, words) }
  }

  struct Withdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes your own approval back, while it still counts.", discussion: "Example: gatehouse change withdraw CHG-42")

    @OptionGroup var change: ChangeArgument

    func run() async throws {
      try printAnswer(describe(try await APIClient().send(.delete, try change.path("/approval"))))
    }
  }

  struct Comment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Adds a comment to a change request.", discussion: "Example: gatehouse change comment CHG-42 \"waiting for the load test\"")

    @OptionGroup var change: ChangeArgument
    @Argument(help: "The comment.") var comment: String

    func run() async throws {
      _ = try await APIClient().send(.post, try change.path("/comments"), body: ["comment": .string(comment)])
      try printAnswer("commented on \(change.key)")
    }
  }
}

extension ChangeCommand {
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Has what could not be delivered to GitLab tried again, as an operator.",
      discussion: "Example: gatehouse change retry CHG-42")

    @OptionGroup var change: ChangeArgument

    func run() async throws { try await change.post("/callbacks/retry") }
  }
}

struct ChangeArgument: ParsableArguments {
  @Argument(help: "The change request, such as CHG-42.")
  var key: String

  func path(_ rest: String = "") throws -> String {
    guard !key.isEmpty,
      key.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || ($0 < 128 && Character(Unicode.Scalar($0)).isLetter) || (0x30...0x39).contains($0) })
    else { throw Failure.usage("'\(key)' is no change request; it looks like CHG-42") }
    return "/api/v1/changes/\(key)\(rest)"
  }

  /// Posts to a part of the change, and prints the change as it stands after that.
  func post(_ part: String, _ body: JSONValue? = nil) async throws {
    try printAnswer(describe(try await APIClient().send(.post, try path(part), body: body)))
  }
}

struct DecisionWords: ParsableArguments {
  @Option(help: "Why. Policies may require it with a rejection.")
  var comment: String?

  @Option(help: "The group or rule to decide for, where you belong to several.")
  var representedAs: String?
}

struct EffectiveTime: ParsableArguments {
  @Option(help: "From when on the approval counts, such as 2026-09-03T22:00:00Z. Default: at once.")
  var effectiveAt: String?
}

private func decide(_ status: String, _ change: ChangeArgument, _ words: DecisionWords, effectiveAt: String? = nil) async throws {
  var body: JSONObject = ["status": .string(status)]
  if let comment = words.comment { body["comment"] = .string(comment) }
  if let name = words.representedAs { body["represented_as"] = .string(name) }
  if let effectiveAt { body["effective_at"] = .string(effectiveAt) }
  try await change.post("/approval", .object(body))
}
