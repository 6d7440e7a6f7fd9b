import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct ContributionsConversationTests {
  private static let identity = DeploymentIdentity(instance: "main", project: 30, deployment: 815)
  private static let old = "aaaa1111", new = "cccc3333"

  private static func conversation() throws -> ContributionsConversation {
    ContributionsConversation(api: try .sample(), identity: identity, environment: "prod/eu", sha: new, attempt: 3)
  }

  private static func commit(_ sha: String, _ author: String, committer: String? = nil, message: String = "") -> JSONValue {
    [
      "id": .string(sha), "author_name": .string(author), "author_email": .string("\(author)@acme.com"),
      "committer_name": .string(committer ?? author), "committer_email": .string("\(committer ?? author)@acme.com"),
      "message": .string(message),
    ]
  }

  private static func deployment(_ id: Int64, _ sha: String) -> JSONValue {
    ["id": .integer(id), "sha": .string(sha), "status": "success"]
  }

  private static func mergeRequest(_ iid: Int64, _ author: String, state: String = "merged") -> JSONValue {
    [
      "iid": .integer(iid), "author": ["id": 40, "username": .string(author), "name": "N"], "labels": ["hotfix"], "state": .string(state),
    ]
  }

  private static let comparison: JSONValue = [
    "diffs": [["old_path": "a.swift", "new_path": "b.swift"]], "compare_timeout": false,
  ]

  /// A deployment after another, exchange by exchange.
  private static let whole: [Answer] = [
    // What succeeded later is not what it comes after.
    .json(200, [deployment(820, "ffff"), deployment(815, new), deployment(810, old), deployment(800, "0000")]),
    .json(200, commit(old, "olu")),
    .json(
      200,
      [
        commit(new, "dana", committer: "GitLab", message: "x\n\nCo-authored-by: Erin Example <erin@acme.com>\n"),
        commit("bbbb2222", "alice"),
      ]),
    .json(200, comparison),
    .json(200, [mergeRequest(7, "carol"), mergeRequest(8, "mallory", state: "closed")]),
    .json(200, [mergeRequest(7, "carol")]),
  ]

  private static let identities = [
    Contributions.Identity(name: "dana", email: "dana@acme.com"), .init(name: "GitLab", email: "GitLab@acme.com"),
    .init(name: "Erin Example", email: "erin@acme.com"), .init(name: "alice", email: "alice@acme.com"),
  ]

  @Test func readsWhatCameSinceTheLastDeployment() throws {
    let rehearsal = Rehearsal(try Self.conversation(), Self.whole)
    #expect(
      rehearsal.sent == [
        "GET /projects/30/deployments?environment=prod%2Feu&status=success&order_by=id&sort=desc&per_page=100",
        "GET /projects/30/repository/commits/aaaa1111",
        "GET /projects/30/repository/commits?ref_name=aaaa1111..cccc3333&per_page=100",
        "GET /projects/30/repository/compare?from=aaaa1111&to=cccc3333&straight=true",
        "GET /projects/30/repository/commits/cccc3333/merge_requests?per_page=100",
        "GET /projects/30/repository/commits/bbbb2222/merge_requests?per_page=100",
      ])
    #expect(
      rehearsal.outcome
        == .told(
          .contributions(
            Contributions(
              base: Self.old, identities: Self.identities,
              mergeRequests: [.init(iid: 7, author: "carol", authorID: 40, labels: ["hotfix"])], files: ["a.swift", "b.swift"]))))
  }

  @Test func theFirstDeploymentIsItsCommitAndWhatItsMergeRequestsBrought() throws {
    let rehearsal = Rehearsal(
      try Self.conversation(),
      [
        .json(200, []), .json(200, Self.commit(Self.new, "dana")), .json(200, [Self.mergeRequest(7, "carol")]),
        .json(200, [Self.commit("bbbb2222", "alice")]),
      ])
    #expect(rehearsal.sent.last == "GET /projects/30/merge_requests/7/commits?per_page=100")
    guard case .told(.contributions(let found)) = rehearsal.outcome else { throw Unexpected(what: "\(rehearsal.outcome as Any)") }
    #expect(found.base == nil && found.files == nil)
    #expect(found.identities.map(\.name) == ["dana", "alice"])
    #expect(found.mergeRequests.map(\.author) == ["carol"])
  }

  /// What is typed into a browser has lines that end in CRLF, which Swift reads as one character.
  @Test(arguments: ["\n", "\r\n", "\r"]) func coAuthorsAreReadHoweverLinesEnd(end: String) throws {
    let commit = Self.commit(
      Self.new, "dana", message: ["x", "", "Co-authored-by: Erin Example <erin@acme.com>", ""].joined(separator: end))
    let rehearsal = Rehearsal(try Self.conversation(), [.json(200, []), .json(200, commit), .json(200, [])])
    guard case .told(.contributions(let found)) = rehearsal.outcome else { throw Unexpected(what: "\(rehearsal.outcome as Any)") }
    #expect(found.identities.last == .init(name: "Erin Example", email: "erin@acme.com"))
    #expect(commit.commitAuthors == ["dana", "Erin Example"])
  }

  @Test func theSameCommitAgainBringsNothing() throws {
    let rehearsal = Rehearsal(try Self.conversation(), [.json(200, [Self.deployment(810, Self.new)])])
    #expect(
      rehearsal.outcome == .told(.contributions(Contributions(base: Self.new, identities: [], mergeRequests: [], files: []))))
  }

  @Test func aCommitThatIsGoneIsNotTakenForAnEmptyRange() throws {
    let gone: Answer = .message(404, "404 Commit Not Found")
    var answers = Self.whole
    answers.insert(gone, at: 1)
    let older = Rehearsal(try Self.conversation(), answers)
    #expect(older.sent.dropFirst(2).first == "GET /projects/30/repository/commits/0000")
    #expect(older.outcome?.kind == .told)
    let none = Rehearsal(try Self.conversation(), [Self.whole[0], gone, gone])
    #expect(none.outcome?.kind == .refused)
    #expect(none.outcome?.reason?.contains("no longer has the commit") == true)
  }

  /// Files that stay unknown keep a gate shut for good: GitLab that asks us to wait, does not know us or is away has not said that they do.
  @Test(arguments: Fault.all, 0..<6) func aFaultIsNoAnswerButForTheFiles(_ fault: Fault, at exchange: Int) throws {
    var answers = Self.whole
    answers[exchange] = fault.answer
    let outcome = try #require(Rehearsal(try Self.conversation(), answers).outcome)
    if exchange == 3, !["401", "429", "503", "reset, not sent"].contains(fault.name) {
      guard case .told(.contributions(let found)) = outcome else { throw Unexpected(what: "\(outcome)") }
      #expect(found.files == nil && found.identities == Self.identities)
      #expect(found.filesObstacle?.contains("comparing ") == true, "what GitLab said of it is kept")
    } else {
      #expect([.retry, .refused].contains(outcome.kind), "\(outcome)")
    }
  }

  /// A GitLab that is being restarted must not keep a gate shut for good.
  @Test(arguments: [(1, false), (2, false), (3, true)]) func aComparisonThatFailsIsTriedAgain(_ attempt: Int, _ isTold: Bool) throws {
    for answer in [
      Answer.text(502, "<html>GitLab is not responding</html>"), .failure(TransportFailure(effect: .unknown, reason: "reset")),
    ] {
      var answers = Self.whole
      answers[3] = answer
      let conversation = ContributionsConversation(
        api: try .sample(), identity: Self.identity, environment: "prod/eu", sha: Self.new, attempt: attempt)
      #expect(Rehearsal(conversation, answers).outcome?.kind == (isTold ? .told : .retry))
    }
  }

  @Test func aCutComparisonHasNotAllFiles() throws {
    var answers = Self.whole
    answers[3] = .json(200, ["diffs": [], "compare_timeout": true])
    guard case .told(.contributions(let found)) = Rehearsal(try Self.conversation(), answers).outcome else {
      throw Unexpected(what: "no answer")
    }
    #expect(found.files == nil && found.filesObstacle == nil)
  }

  @Test func manyCommitsAreAllReadAndTheMergeRequestsOfTheNewest() throws {
    let rehearsal = Rehearsal(try Self.conversation()) { request, exchange in
      let path = request.head.path ?? ""
      if exchange < 2 { return Self.whole[exchange] }
      if path.contains("/compare") { return Self.whole[3] }
      if path.hasSuffix("/merge_requests?per_page=100") { return .json(200, []) }
      let page = path.contains("page=3") ? 2 : path.contains("page=2") ? 1 : 0
      let commits = (0..<100).map { Self.commit("\(page)-\($0)", "author\(page)\($0)") }
      let next: HTTPFields = [.link: "<https://gitlab.example.com/api/v4/projects/30/repository/commits?page=\(page + 2)>; rel=\"next\""]
      return .json(200, .array(commits), page < 2 ? next : [:])
    }
    guard case .told(.contributions(let found)) = rehearsal.outcome else { throw Unexpected(what: "\(rehearsal.outcome as Any)") }
    #expect(found.identities.count == 300)
    #expect(found.commitsWithoutMergeRequests == 100)
    #expect(rehearsal.sent.count == 206)
    #expect(rehearsal.sent.dropFirst(6).first == "GET /projects/30/repository/commits/0-0/merge_requests?per_page=100")
  }
}

private struct Unexpected: Error { var what: String }
