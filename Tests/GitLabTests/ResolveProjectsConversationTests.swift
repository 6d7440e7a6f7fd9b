import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct ResolveProjectsConversationTests {
  private func resolve(_ patterns: [ProjectPattern], _ answers: [Answer]) throws -> (sent: [String], found: ResolvedProjects) {
    let rehearsal = Rehearsal(ResolveProjectsConversation(api: try .sample(), patterns: patterns), answers)
    return (rehearsal.sent, try #require(rehearsal.outcome))
  }

  private func json(_ id: Int64, _ path: String) -> JSONValue { ["id": .integer(id), "path_with_namespace": .string(path)] }

  private func project(_ id: Int64, _ path: String) -> Project { Project(id: id, path: path, webURL: nil) }

  private static let query = "include_subgroups=true&simple=true&order_by=id&sort=asc&per_page=100"

  @Test func numbersAndPathsAreLookedUp() throws {
    let (sent, found) = try resolve(
      [.id(30), .path(Pattern("acme/pay/till")), .id(30)], [.json(200, json(30, "acme/shop")), .json(200, json(31, "acme/pay/till"))])
    #expect(sent == ["GET /projects/30", "GET /projects/acme%2Fpay%2Ftill"])
    #expect(found == ResolvedProjects(projects: [project(30, "acme/shop"), project(31, "acme/pay/till")], unnamed: [], problems: []))
  }

  @Test func patternsAreListedOnceForEachGroupPageByPage() throws {
    let next: HTTPFields = [.link: "<https://gitlab.example.com/api/v4/groups/7/projects?page=2>; rel=\"next\""]
    let (sent, found) = try resolve(
      [.path(Pattern("acme/pay/till*")), .path(Pattern("acme/pay/**"))],
      [
        .json(200, [json(1, "acme/pay/till-1"), json(2, "acme/other")], next),
        .json(200, [json(3, "acme/pay/sub/x"), json(1, "acme/pay/till-1")]),
      ])
    #expect(sent == ["GET /groups/acme%2Fpay/projects?\(Self.query)", "GET /groups/7/projects?page=2"])
    #expect(found.projects == [project(1, "acme/pay/till-1"), project(3, "acme/pay/sub/x")])
    #expect(found.problems.isEmpty)
  }

  @Test func whatIsNoGroupIsSoughtAmongMemberships() throws {
    let member = "GET /projects?membership=true&simple=true&order_by=id&sort=asc&per_page=100"
    let personal = try resolve(
      [.path(Pattern("alice/*"))], [.message(404, "404 Group Not Found"), .json(200, [json(5, "alice/a"), json(6, "bob/b")])])
    #expect(personal.sent == ["GET /groups/alice/projects?\(Self.query)", member])
    #expect(personal.found.projects == [project(5, "alice/a")])
    let everything = try resolve([.path(Pattern("*/deploy"))], [.json(200, [json(5, "alice/deploy")])])
    #expect(everything.sent == [member])
    #expect(everything.found.ids == [5])
  }

  @Test func aNumberCountsThoughGitLabDoesNotTellItsPath() throws {
    let (_, found) = try resolve([.id(30), .id(31)], [.message(404, "404 Project Not Found"), .json(200, json(31, "a/b"))])
    #expect(found.ids == [30, 31])
    #expect(found.unnamed == [30])
    #expect(found.problems.map(\.pattern) == ["30"])
  }

  @Test(arguments: Fault.all)
  func aFaultIsToldForItsPattern(fault: Fault) throws {
    let (sent, found) = try resolve([.path(Pattern("a/b")), .path(Pattern("a/c"))], [fault.answer, .json(200, json(2, "a/c"))])
    let concernsAll = ["401", "429", "503", "reset, not sent", "reset, unknown", "timeout"].contains(fault.name)
    #expect(sent.count == (concernsAll ? 1 : 2))
    #expect(found.problems.map(\.pattern) == (concernsAll ? ["a/b", "a/c"] : ["a/b"]))
    #expect(found.projects.map(\.id) == (concernsAll ? [] : [2]))
    #expect(found.problems.first?.obstacle.reason.contains("a/b") == true)
    // Nobody has asked for the other, and its reason is not told as if somebody had.
    for other in found.problems.dropFirst() { #expect(other.obstacle.reason.hasPrefix("not asked for, since GitLab main "), "\(other)") }
  }

  @Test func aFaultOnALaterPageKeepsWhatWasFound() throws {
    let next: HTTPFields = [.link: "<https://gitlab.example.com/api/v4/groups/7/projects?page=2>; rel=next"]
    let (_, found) = try resolve([.path(Pattern("a/*"))], [.json(200, [json(1, "a/b")], next), .message(500, "500 Internal Server Error")])
    #expect(found.ids == [1])
    #expect(found.problems.map(\.pattern) == ["a/*"])
  }

  /// GitLab redirects from where a project stood before (`find_project!`), and so does what stands before a GitLab that has moved: both are told.
  @Test func aPathThatRedirectsIsOneToCorrect() throws {
    let moved = Answer.text(301, "This resource has been moved permanently to https://gitlab.example.com/api/v4/projects/30.")
    let (_, found) = try resolve([.path(Pattern("acme/shop"))], [moved])
    let reason = found.problems.first?.obstacle.reason ?? ""
    for words in ["redirects", "correct `projects` where one was renamed or moved", "set the instance's url to where GitLab now is"] {
      #expect(reason.contains(words), "\(reason)")
    }
  }

  @Test func noPatternsAskNothing() throws {
    let (sent, found) = try resolve([], [])
    #expect(sent.isEmpty && found.ids.isEmpty)
  }
}
