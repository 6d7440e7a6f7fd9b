import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

/// What needs the service account, by what GitLab answers.
@Suite struct AccountUseTests {
  private static let shop = SetupPlace.project(id: 30, path: "acme/shop")
  private static let acme = SetupPlace.group(id: 2, path: "acme")

  private static func protection(_ name: String, approvers: [Int64], deployers: [Int64] = []) -> JSONValue {
    func rows(_ users: [Int64], _ first: Int64) -> JSONValue {
      .array(users.enumerated().map { ["id": .integer(first + Int64($0)), "user_id": .integer($1)] })
    }
    return ["name": .string(name), "deploy_access_levels": rows(deployers, 1), "approval_rules": rows(approvers, 50)]
  }

  /// Paths that are not named have an empty list.
  private static func look(
    _ change: (inout AccountUseConversation.Scope) -> Void, isOwn: Bool = false, _ answers: [String: Answer]
  ) throws -> (Result<AccountUse, SetupTrouble>, sent: [String]) {
    var scope = AccountUseConversation.Scope()
    change(&scope)
    let conversation = AccountUseConversation(api: try .sample(), ownAPI: isOwn ? try .sample() : nil, account: 97, scope)
    let rehearsal = Rehearsal(conversation) { request, _ in
      let path = (request.head.path ?? "").replacing("/api/v4", with: "").split(separator: "?")[0]
      return answers[String(path)] ?? .json(200, [])
    }
    return (try #require(rehearsal.outcome), rehearsal.sent)
  }

  @Test("protections that name it, as approver or to deploy") func naming() throws {
    let list: JSONValue = [
      Self.protection("production", approvers: [21, 97]), Self.protection("staging", approvers: [21], deployers: [97]),
      Self.protection("test", approvers: [21], deployers: [21]),
    ]
    let (outcome, sent) = try Self.look({ $0.places = [Self.shop, Self.shop] }, ["/projects/30/protected_environments": .json(200, list)])
    let use = try outcome.get()
    #expect(use.protections.map(\.name) == ["production", "staging"] && sent.count == 1)
    #expect(use.reasonToStay(records: [])?.hasPrefix("others have named the account in protected environment production") == true)
    var trace = SetupTrace(SetupChange(.protection, in: Self.shop, name: "production"), account: 97)
    (trace.approvalRows, trace.deployRows) = ([51], [1])
    #expect(use.reasonToStay(records: [trace])?.contains("names the account still") == true)
    #expect(use.reasonToStay(in: .project(id: 31, path: "acme/cart"), records: []) == nil)
    #expect(use.reasonToStay(in: Self.acme, records: []) != nil, "it lies in that group")
  }

  @Test("a group's contents are looked through, wherever they are called now, and what the account is shown") func contents() throws {
    let (outcome, _) = try Self.look(
      { $0.groups = [Self.acme] }, isOwn: true,
      [
        "/groups/2/projects": .json(200, [["id": 31, "path_with_namespace": "moved/cart"]]),
        "/groups/2/descendant_groups": .json(200, [["id": 6, "full_path": "moved/eu"]]),
        "/projects": .json(200, [["id": 32, "path_with_namespace": "beta/site"]]),
        "/projects/31/protected_environments": .json(200, [Self.protection("production", approvers: [97])]),
        "/groups/6/protected_environments": .json(200, [Self.protection("staging", approvers: [97])]),
        "/projects/32/protected_environments": .json(200, [Self.protection("live", approvers: [97])]),
      ])
    let use = try outcome.get()
    #expect(Set(use.protections.map(\.name)) == ["production", "staging", "live"])
    let reason = try #require(use.reasonToStay(in: Self.acme, records: []))
    #expect(reason.contains("production of project moved/cart") && reason.contains("protected tier staging") && !reason.contains("live"))
  }

  @Test(
    "what cannot be read leaves it unknown",
    arguments: [
      Answer.message(502, "Bad gateway"), .message(302, "sign in"), .json(200, ["no": "list"]),
      .json(200, [["name": "x", "approval_rules": [[:]]]]),
      .failure(TransportFailure(effect: .none, reason: "connection refused")),
    ])
  func unknown(_ answer: Answer) throws {
    let (outcome, _) = try Self.look({ $0.places = [Self.shop] }, ["/projects/30/protected_environments": answer])
    guard case .failure(let trouble) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect("\(trouble)".contains("is not known: undo again"))
  }

  /// How the place itself answers, and whether something may wait there.
  @Test(
    "what was forgotten and is not shown is a doubt only where its place stands",
    arguments: [(Answer.json(200, ["id": 30]), true), (.message(404, "404 Project Not Found"), false)])
  func forgotten(_ place: Answer, _ isDoubted: Bool) throws {
    let (outcome, _) = try Self.look(
      { $0.forgotten = [Self.shop] }, ["/projects/30/protected_environments": .message(404, "404 Not Found"), "/projects/30": place])
    let use = try outcome.get()
    #expect((use.reasonForDoubt(discarding: "service account gate") != nil) == isDoubted)
  }

  @Test("what was begun and is not shown is a doubt, and so is a project that the account is in and this person is not shown") func doubts()
    throws
  {
    let refusal = Answer.message(403, "403 Forbidden")
    let begun = try Self.look({ $0.begun = [Self.shop] }, ["/projects/30/protected_environments": refusal]).0.get()
    #expect(begun.unseen.map(\.place) == [Self.shop])
    let member = try Self.look(
      {
        $0.joined = [Self.shop]
        $0.places = [Self.shop]
      }, ["/projects/30/protected_environments": refusal]
    ).0
    #expect(try member.get().unseen.map(\.place) == [Self.shop])
    let joined = try Self.look(
      { _ in }, isOwn: true,
      [
        "/projects": .json(200, [["id": 30, "path_with_namespace": "acme/shop"]]),
        "/projects/30/protected_environments": .message(404, "404 Project Not Found"),
      ]
    ).0.get()
    #expect(joined.unseen.map(\.place) == [Self.shop])
    let reason = try #require(joined.reasonForDoubt(discarding: "service account gate"))
    #expect(reason.contains("404 Project Not Found") && reason.contains(#"--discard-changes "service account gate""#))
    // A plan without protected environments holds nothing; a person who is no Maintainer of a group elsewhere is no doubt.
    let plain = try Self.look({ $0.places = [Self.shop, Self.acme] }, ["/projects/30/protected_environments": refusal]).0.get()
    #expect(plain.unseen.isEmpty)
  }

  @Test("a membership that was left to others is told while it stands", arguments: [true, false]) func membership(_ stands: Bool) throws {
    let answer = stands ? Answer.json(200, ["id": 97, "access_level": 40]) : .message(404, "404 Not found")
    let use = try Self.look({ $0.memberships = [Self.shop] }, ["/projects/30/members/97": answer]).0.get()
    #expect(use.memberships == (stands ? [Self.shop] : []))
  }

  private static let decision = #"`gatehouse setup undo --discard-changes "service account gate"`"#

  @Test("what GitLab has no time for now is a doubt, which a person may decide, and nothing more is asked") func limited() throws {
    let cart = SetupPlace.project(id: 31, path: "acme/cart")
    let limit = Answer.text(429, "Retry later")
    let (outcome, sent) = try Self.look(
      { $0.places = [Self.shop, cart] },
      [
        "/projects/30/protected_environments": .json(200, [Self.protection("live", approvers: [97])]),
        "/projects/31/protected_environments": limit,
      ])
    let use = try outcome.get()
    #expect(sent.count == 2 && use.unseen.map(\.place) == [cart])
    #expect(use.reasonToStay(records: [])?.contains("protected environment live") == true, "what was found counts")
    let reason = try #require(use.reasonForDoubt(discarding: "service account gate"))
    #expect(reason.contains("429: Retry later") && reason.contains("undo again later") && reason.contains(Self.decision))
    let (listing, asked) = try Self.look({ ($0.groups, $0.places) = ([Self.acme], [Self.shop]) }, ["/groups/2/projects": limit])
    let unread = try listing.get()
    #expect(asked.count == 1 && unread.unseen.map(\.place) == [Self.acme, Self.shop])
    #expect(unread.reasonForDoubt(in: Self.shop, discarding: "service account gate") != nil)
    let own = try Self.look({ $0.places = [Self.shop] }, isOwn: true, ["/projects": limit]).0.get()
    #expect(own.reasonForDoubt(discarding: "service account gate")?.contains("what else the account is in") == true)
    #expect(own.reasonForDoubt(in: cart, discarding: "service account gate") == nil)
  }

  /// Each page has a hundred projects, and there are as many as are read.
  private struct LargeGitLab: Transport {
    var projects: Int

    func send(_ request: Request) async -> Answer {
      let path = request.head.path ?? ""
      guard path.contains("/groups/2/projects") else { return .json(200, []) }
      let page = path.split(separator: "&").first { $0.hasPrefix("page=") }.flatMap { Int($0.dropFirst(5)) } ?? 1
      let first = (page - 1) * 100
      let all = (first..<min(first + 100, projects)).map { index -> JSONValue in
        ["id": .integer(Int64(index + 1_000)), "path_with_namespace": .string("acme/p\(index)")]
      }
      let next = "<https://gitlab.example.com/api/v4/groups/2/projects?per_page=100&page=\(page + 1)>; rel=\"next\""
      return .json(200, .array(all), first + 100 < projects ? [.link: next] : [:])
    }
  }

  @Test("of more projects than are looked at the rest is a doubt", arguments: [5_000, 12_000]) func tooMany(_ count: Int) async throws {
    var scope = AccountUseConversation.Scope()
    (scope.groups, scope.places) = ([Self.acme], [Self.shop])
    let conversation = AccountUseConversation(api: try .sample(), ownAPI: nil, account: 97, scope)
    let use = try await conversation.converse(over: LargeGitLab(projects: count)).get()
    #expect(!use.unseen.contains { $0.place == Self.shop }, "what is configured is looked at first")
    #expect(use.unseen.count > 1_000)
    let reason = try #require(use.reasonForDoubt(discarding: "service account gate"))
    #expect(reason.contains("were not looked at") && reason.contains(Self.decision) && !reason.contains("report it"), "\(reason)")
  }
}
