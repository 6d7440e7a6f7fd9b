import Calendar
import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct ListBlockedConversationTests {
  private static let first = "/projects/30/deployments?status=blocked&order_by=id&sort=desc&per_page=100"

  private func list(_ answers: [Answer], cursor: String? = nil) throws -> Rehearsal<ListBlockedConversation> {
    Rehearsal(ListBlockedConversation(api: try .sample(), project: 30, cursor: cursor), answers)
  }

  private func item(_ id: Int64) -> JSONValue { ["id": .integer(id), "environment": ["name": "production"], "deployable": nil] }

  private func link(_ url: String) -> HTTPFields { [.link: "<https://x/first>; rel=\"first\", <\(url)>; rel=\"next\""] }

  private func blocked(_ id: Int64) -> BlockedDeployment {
    BlockedDeployment(
      identity: DeploymentIdentity(instance: "main", project: 30, deployment: id), environment: "production", updatedAt: nil, jobID: nil)
  }

  @Test func readsGitLabsList() throws {
    let rehearsal = try list([.json(200, Fixture.json("api-deployments-list-blocked"))])
    #expect(rehearsal.sent == ["GET " + Self.first])
    let found = try #require(rehearsal.outcome).get()
    #expect(
      found.deployments == [
        BlockedDeployment(
          identity: FakeGitLab.identity, environment: "production", updatedAt: Instant(iso8601: "2026-09-03T09:15:02.414Z"), jobID: 79601)
      ])
    #expect(rehearsal.outcome?.located(jobs: [1, 79601]) == .located([FakeGitLab.identity]))
    #expect(rehearsal.outcome?.located(jobs: [1]) == .located([]))
  }

  @Test func followsLinksAndTakesEachOnce() throws {
    let next = "https://gitlab.example.com/api/v4\(Self.first)&page=2"
    let rehearsal = try list([.json(200, [item(3), item(2)], link(next)), .json(200, [item(2), item(1), "odd", [:]])])
    #expect(rehearsal.sent == ["GET " + Self.first, "GET " + Self.first + "&page=2"])
    #expect(try rehearsal.outcome?.get() == BlockedDeployments(deployments: [blocked(3), blocked(2), blocked(1)]))
  }

  @Test(arguments: [
    "https://evil.example.com/api/v4/x", "http://gitlab.example.com/api/v4/x", "https://gitlab.example.com/x",
    "https://gitlab.example.com/api/v4/../x", "//evil.example.com/api/v4/x", "https://gitlab.example.com@evil.example.com/api/v4/x", "odd",
  ])
  func theTokenGoesNowhereElse(url: String) throws {
    let rehearsal = try list([.json(200, [item(3)], link(url))])
    #expect(rehearsal.sent.count == 1)
    guard case .failure(.refused) = rehearsal.outcome else {
      Issue.record("half a list does not pass for the whole")
      return
    }
  }

  @Test func aGitLabOfAnotherNameIsFollowedByPageNumber() throws {
    var fields = link("https://outside.example.com/api/v4/x?page=2")
    fields[.nextPage] = "2"
    let rehearsal = try list([.json(200, [item(3)], fields), .json(200, [item(2)])])
    #expect(rehearsal.sent == ["GET " + Self.first, "GET " + Self.first + "&page=2"])
    #expect(try rehearsal.outcome?.get().deployments.count == 2)
  }

  @Test func aListWithoutEndIsHandedOverWithACursor() throws {
    func path(_ page: Int) -> String { "/api/v4/projects/30/deployments?page=\(page)" }
    let rehearsal = try list(
      (2...201).map { .json(200, [item(Int64($0))], link("https://gitlab.example.com" + path($0))) })
    #expect(rehearsal.sent.count == 100)
    #expect(try rehearsal.outcome?.get().cursor == path(101))
    #expect(try list([.json(200, [])], cursor: path(7)).sent == ["GET /projects/30/deployments?page=7"])
    #expect(try list([.json(200, [])], cursor: "https://evil.example.com/").sent == ["GET " + Self.first])
  }

  @Test(arguments: [[2], [2, 3, 2], [2, 3, 4, 3]])
  func pagesThatGoRoundInACircleAreNoList(pages: [Int]) throws {
    let rehearsal = try list(
      (0..<200).map { index in
        let next = pages[index % pages.count]
        return .json(200, [item(Int64(index + 1))], link("https://gitlab.example.com/api/v4/p?page=\(next)"))
      })
    #expect(rehearsal.sent.count <= pages.count + 1)
    #expect(rehearsal.outcome?.located(jobs: []).kind == .retry)
  }

  @Test func anEmptyPageIsTheLast() throws {
    let rehearsal = try list(
      (2...201).map { .json(200, $0 == 2 ? [item(3)] : [], link("https://gitlab.example.com/api/v4/p?page=\($0)")) })
    #expect(rehearsal.sent.count == 2)
    #expect(try rehearsal.outcome?.get() == BlockedDeployments(deployments: [blocked(3)]))
  }

  @Test(arguments: Fault.all, [0, 1])
  func aFaultOnAnyPageIsNoShorterList(fault: Fault, page: Int) throws {
    let first: Answer = .json(200, [item(3)], link("https://gitlab.example.com/api/v4/p?page=2"))
    let rehearsal = try list(page == 0 ? [fault.answer] : [first, fault.answer])
    guard case .failure(let obstacle) = rehearsal.outcome else {
      Issue.record("a list with a fault is none")
      return
    }
    let refused = ["401", "403", "403 scope", "404 project", "404", "301"]
    #expect(obstacle.outcome.kind == (refused.contains(fault.name) ? .refused : .retry))
    #expect(!obstacle.reason.contains(GitLabAPI.secret))
  }
}
