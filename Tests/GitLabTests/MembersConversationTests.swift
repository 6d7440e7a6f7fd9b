import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct MembersConversationTests {
  static let security = MembershipSource.group(GitLabGroup(path: "acme/security"))

  static func member(_ id: Int64, _ name: String, level: Int64 = 30, state: String = "active", membership: String = "active") -> JSONValue {
    [
      "id": .integer(id), "username": .string(name), "name": .string(name), "state": .string(state), "access_level": .integer(level),
      "membership_state": .string(membership),
    ]
  }

  private func rehearse(_ source: MembershipSource, _ answers: [Answer]) throws -> Rehearsal<MembersConversation> {
    Rehearsal(MembersConversation(api: try .sample(), source: source), answers)
  }

  @Test(arguments: [
    (security, "GET /groups/acme%2Fsecurity/members?per_page=100"),
    (.group(GitLabGroup(path: "acme/security", inheritance: .inheritedMembers)), "GET /groups/acme%2Fsecurity/members/all?per_page=100"),
    (.project(30), "GET /projects/30/members/all?per_page=100"),
    (.administrators, "GET /users?admins=true&order_by=id&sort=asc&per_page=100"),
  ]) func asksForTheList(_ source: MembershipSource, _ request: String) throws {
    let rehearsal = try rehearse(source, [.json(200, [])])
    #expect(rehearsal.sent == [request])
    #expect(rehearsal.outcome == .told(.members([])))
  }

  @Test func readsEveryPageAndLeavesOutWhoIsBlockedOrOnlyInvited() throws {
    let next: HTTPFields = [.link: "<https://gitlab.example.com/api/v4/groups/acme%2Fsecurity/members?page=2>; rel=\"next\""]
    let rehearsal = try rehearse(
      Self.security,
      [
        .json(
          200, [Self.member(21, "alice"), Self.member(22, "bob", state: "blocked"), Self.member(23, "carol", membership: "awaiting")], next),
        .json(200, [Self.member(24, "dora", level: 50), Self.member(21, "alice", level: 40), ["id": 9]]),
      ])
    #expect(rehearsal.sent.last == "GET /groups/acme%2Fsecurity/members?page=2")
    #expect(
      rehearsal.outcome
        == .told(.members([Member(id: 21, username: "alice", level: 40), Member(id: 24, username: "dora", level: 50)])))
  }

  /// A proxy that leaves out `Link` must not make the first page pass for the whole list.
  @Test func aPageIsFoundByItsNumberWhereNoLinkLeadsToIt() throws {
    let rehearsal = try rehearse(
      Self.security,
      [
        .json(200, [Self.member(21, "alice")], [.nextPage: "2"]),
        .json(200, [Self.member(24, "dora")], [.nextPage: "3", .link: "<https://gitlab.example.com/api/v4/groups?page=1>; rel=\"first\""]),
        .json(200, [Self.member(25, "erin")], [.nextPage: ""]),
      ])
    #expect(rehearsal.sent.dropFirst() == (2...3).map { "GET /groups/acme%2Fsecurity/members?per_page=100&page=\($0)" }[...])
    #expect(
      rehearsal.outcome
        == .told(.members([(21, "alice"), (24, "dora"), (25, "erin")].map { Member(id: $0, username: $1, level: 30) })))
  }

  @Test func administratorsAreToldToAdministratorsOnly() throws {
    let root: JSONValue = ["id": 1, "username": "root", "name": "Root", "state": "active", "is_admin": true]
    #expect(
      try rehearse(.administrators, [.json(200, [root])]).outcome == .told(.members([Member(id: 1, username: "root", level: 60)])))
    // Whoever is no administrator is answered with everybody.
    let everybody: JSONValue = [["id": 2, "username": "mallory", "name": "M", "state": "active"]]
    let refused = try rehearse(.administrators, [.json(200, everybody)]).outcome
    #expect(refused?.kind == .refused)
    #expect(refused?.reason?.contains("tells only an administrator who the administrators are") == true)
  }

  @Test(arguments: Fault.all, [0, 1]) func whateverGoesWrongNobodyIsTold(_ fault: Fault, at exchange: Int) throws {
    let next: HTTPFields = [.link: "<https://gitlab.example.com/api/v4/groups/acme%2Fsecurity/members?page=2>; rel=\"next\""]
    let whole: [Answer] = [.json(200, [Self.member(21, "alice")], next), .json(200, [Self.member(22, "bob")])]
    var answers = whole
    answers[exchange] = fault.answer
    let outcome = try #require(try rehearse(Self.security, answers).outcome)
    #expect([.retry, .refused].contains(outcome.kind), "\(outcome)")
    #expect(outcome.reason?.contains(GitLabAPI.secret) == false)
  }

  @Test func aGroupThatIsGoneSaysWhatToDo() throws {
    let outcome = try rehearse(Self.security, [.message(404, "404 Group Not Found")]).outcome
    #expect(
      outcome
        == .refused(
          reason:
            "GitLab main shows our service account no group acme/security (404 Group Not Found); if it was renamed, correct gitlab_group, "
            + "else make the account a member of it"))
  }

  @Test func aListWithoutAnEndIsNotBelieved() throws {
    let circle: HTTPFields = [.link: "<https://gitlab.example.com/api/v4/groups/acme%2Fsecurity/members?per_page=100>; rel=\"next\""]
    let round = Rehearsal(MembersConversation(api: try .sample(), source: Self.security)) { _, _ in
      .json(200, [Self.member(21, "alice")], circle)
    }
    #expect(round.outcome?.kind == .retry)
    let endless = Rehearsal(MembersConversation(api: try .sample(), source: Self.security)) { _, exchange in
      .json(
        200, [Self.member(21, "alice")], [.link: "<https://gitlab.example.com/api/v4/groups/a/members?page=\(exchange + 2)>; rel=\"next\""])
    }
    #expect(endless.outcome?.kind == .refused)
    #expect(endless.sent.count == 100)
  }
}

@Suite struct PersonConversationTests {
  private func rehearse(_ answers: [Answer]) throws -> Rehearsal<PersonConversation> {
    Rehearsal(PersonConversation(api: try .sample(), username: "Alice"), answers)
  }

  private static let listed: Answer = .json(200, [["id": 21, "username": "alice", "name": "Alice Archer", "email": "alice@acme.com"]])

  @Test func readsIdNameAndAddresses() throws {
    let rehearsal = try rehearse([
      Self.listed,
      .json(
        200,
        [
          "id": 21, "username": "alice", "name": "Alice Archer", "public_email": "a@home.example", "commit_email": "alice@acme.com",
          "email": "alice@acme.com",
        ]),
    ])
    #expect(rehearsal.sent == ["GET /users?username=Alice", "GET /users/21"])
    #expect(
      rehearsal.outcome
        == .told(.person(KnownPerson(username: "alice", id: 21, name: "Alice Archer", emails: ["alice@acme.com", "a@home.example"]))))
  }

  @Test func nobodyHasTheName() throws {
    #expect(try rehearse([.json(200, [])]).outcome == .told(.person(nil)))
    // A GitLab that looked for something else has not found her.
    #expect(try rehearse([.json(200, [["id": 22, "username": "alicent", "name": "A"]])]).outcome == .told(.person(nil)))
  }

  @Test(arguments: Fault.all) func aFaultIsNoAnswer(_ fault: Fault) throws {
    let first = try #require(try rehearse([fault.answer]).outcome)
    #expect([.retry, .refused, .gone].contains(first.kind), "\(first)")
    let second = try #require(try rehearse([Self.listed, fault.answer]).outcome)
    // That the account may not look at a profile leaves what the list has told.
    let isNo = fault.name.hasPrefix("403") || fault.name == "404" || fault.name == "404 project"
    #expect(second.kind == (isNo ? .told : second.kind))
    #expect(isNo || [.retry, .refused].contains(second.kind), "\(second)")
  }
}
