import Calendar
import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts F, members: adding is refused for who is there, never lowers what is inherited, and is a maintainer's or an owner's to do.
@Suite struct MemberAPITests {
  struct Step: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var method = HTTPRequest.Method.post
    var path: String
    var body: JSONValue?
    var who = "root"
    var status: Int
    var answer: JSONValue?
    var arrange: @Sendable (inout World) -> Void = { _ in }
  }

  private static let project = "projects/30/members"
  private static let group = "groups/3/members"

  static let steps: [Step] = [
    Step(testDescription: "a new member", path: project, body: ["user_id": 1, "access_level": 30], status: 201),
    Step(testDescription: "by name", path: group, body: ["username": "dana", "access_level": 40], status: 201),
    Step(
      testDescription: "who is there already", path: project, body: ["user_id": 97, "access_level": 40], status: 409,
      answer: ["message": "Member already exists"]),
    Step(testDescription: "who is there through a group alone", path: project, body: ["user_id": 21, "access_level": 50], status: 201),
    Step(
      testDescription: "lower than inherited", path: project, body: ["user_id": 21, "access_level": 30], status: 400,
      answer: ["message": ["access_level": ["should be greater than or equal to Maintainer inherited membership from group payments"]]]),
    Step(
      testDescription: "an unknown level", path: project, body: ["user_id": 1, "access_level": 31], status: 400,
      answer: ["message": ["access_level": ["is not included in the list"]]]),
    Step(testDescription: "no level", path: project, body: ["user_id": 1], status: 400, answer: ["error": "access_level is missing"]),
    Step(
      testDescription: "nobody named", path: project, body: ["access_level": 30], status: 400,
      answer: ["error": "user_id, username are missing, exactly one parameter must be provided"]),
    Step(
      testDescription: "nobody of that number", path: project, body: ["user_id": 4711, "access_level": 30], status: 404,
      answer: ["message": "404 User Not Found"]),
    Step(
      testDescription: "a maintainer of the project", path: project, body: ["user_id": 1, "access_level": 30], who: "olu", status: 201),
    Step(
      testDescription: "a maintainer who makes an owner", path: project, body: ["user_id": 1, "access_level": 50], who: "olu", status: 403),
    Step(testDescription: "a developer", path: project, body: ["user_id": 1, "access_level": 30], who: "dana", status: 403),
    Step(testDescription: "a maintainer of the group", path: group, body: ["user_id": 1, "access_level": 30], who: "alice", status: 403),
    Step(testDescription: "an owner of the group above", path: group, body: ["user_id": 1, "access_level": 30], who: "olu", status: 201) {
      $0.add("olu", to: .group(2), level: .owner)
    },
    Step(
      testDescription: "a group that locks membership", path: project, body: ["user_id": 1, "access_level": 30], status: 405,
      answer: ["message": "405 Method Not Allowed"]
    ) { $0.groups[3].locksMembership = true },
    Step(testDescription: "a change", method: .put, path: project + "/97", body: ["access_level": 40], status: 200),
    Step(testDescription: "a change of who is inherited", method: .put, path: project + "/21", body: ["access_level": 50], status: 404),
    Step(
      testDescription: "an end in the past", method: .put, path: project + "/97", body: ["access_level": 30, "expires_at": "2026-09-03"],
      status: 400, answer: ["message": ["expires_at": ["cannot be a date in the past"]]]),
    Step(testDescription: "an end", method: .delete, path: project + "/97", status: 204),
    Step(testDescription: "an end of who is inherited", method: .delete, path: project + "/21", status: 404),
    Step(testDescription: "an end by a developer", method: .delete, path: project + "/97", who: "dana", status: 403),
    Step(testDescription: "one's own end", method: .delete, path: project + "/12", who: "dana", status: 204),
    Step(testDescription: "a project one does not see", path: project, body: ["user_id": 1, "access_level": 30], who: "olu", status: 404) {
      $0.remove("olu", from: .project(30))
    },
  ]

  @Test(arguments: steps) func step(_ step: Step) throws {
    var world = demoWorld()
    step.arrange(&world)
    let before = Set(world.memberships)
    let got = try world.call(step.method, step.path, body: step.body, token: world.token(for: step.who))
    #expect(got.status == step.status, "\(got.text)")
    if let answer = step.answer { #expect(got.json == answer) }
    #expect((Set(world.memberships) == before) == (step.status >= 400))
  }

  @Test func aMemberIsShownDirectlyOrWithThoseInherited() throws {
    var world = demoWorld()
    let made = try world.call(
      .post, Self.project, body: ["user_id": 21, "access_level": 40, "expires_at": "2026-12-24"], token: world.token(for: "root"))
    #expect(made.json?["access_level"] == 40 && made.json?["expires_at"] == "2026-12-24" && made.json?["username"] == "alice")
    #expect(try world.get(Self.project + "/21").json?["access_level"] == 40)
    #expect(try world.get(Self.project + "/22").json == ["message": "404 Not found"])
    #expect(try world.get(Self.project + "/all/22").json?["access_level"] == 40)
    #expect(try world.get(Self.group + "/all/22").json?["access_level"] == 40)
    #expect(try world.get(Self.project).json?.array?.map { $0["username"] } == ["olu", "dana", "alice", "change-gateway"])
    #expect(try world.get(Self.project + "?query=ALI").json?.array?.count == 1)
  }

  @Test func aMembershipEndsOnItsDay() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    let body: JSONValue = ["access_level": 30, "expires_at": "2026-09-05"]
    _ = try world.call(.put, Self.project + "/97", body: body, token: root)
    #expect(try world.call(.get, "projects/30", at: morning + .seconds(86_400)).status == 200)
    #expect(try world.call(.get, "projects/30", at: morning + .seconds(2 * 86_400)).status == 404)
    #expect(try world.call(.get, Self.project + "/97", token: root).status == 404)
  }

  @Test func removingTheGatesAccountTakesItsPlaceInProtectedEnvironments() throws {
    var world = demoWorld(release: .v18)
    #expect(try world.call(.delete, Self.project + "/97", token: world.token(for: "root")).status == 204)
    #expect(world.protections.all.allSatisfy { $0.approvalRules.isEmpty && $0.deployAccess.count == 1 })
  }
}
