import Calendar
import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Groups, invited groups, the setting of a project, and what every answer carries.
@Suite struct GroupAPITests {
  @Test func groupsAreShownToWhoIsInThem() throws {
    var world = demoWorld()
    let group = try world.get("groups/acme%2Fpayments").json
    #expect(group?["id"] == 3 && group?["parent_id"] == 2 && group?["full_name"] == "acme / payments" && group?["path"] == "payments")
    #expect(try world.get("groups/134").message == "404 Group Not Found")
    #expect(try world.get("groups/2/descendant_groups").json?.array?.map { $0["id"] } == [3])
    let root = world.token(for: "root")
    #expect(
      try world.call(.get, "groups/2/descendant_groups", token: root).json?.array?.map { $0["full_path"] } == [
        "acme/payments", "acme/qa-group",
      ])
    #expect(try world.call(.get, "groups?top_level_only=true", token: root).json?.array?.map { $0["id"] } == [2])
    let alice = world.token(for: "alice")
    #expect(try world.call(.get, "groups?min_access_level=40", token: alice).json?.array?.map { $0["id"] } == [3])
  }

  @Test(arguments: ["projects/30", "groups/3"]) func invitedGroupsBringAccessUpToALevel(_ path: String) throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    let quinn = World.User(id: 31, username: "quinn", name: "Quinn Quality")
    world.users.insert(quinn)
    world.add("quinn", to: .group(134), level: .maintainer)
    let secret = world.token(for: "quinn")
    #expect(try world.call(.get, "projects/30", token: secret).status == 404)
    let body: JSONValue = ["group_id": 134, "group_access": 30]
    #expect(try world.call(.post, path + "/share", body: body, token: world.token(for: "dana")).status == 403)
    #expect(try world.call(.post, path + "/share", body: body, token: root).status == 201)
    #expect(try world.call(.post, path + "/share", body: body, token: root).status == 409)
    #expect(world.level(of: 31, onProject: 30) == .developer)
    let shown = try world.call(.get, path, token: root).json?["shared_with_groups"]
    #expect(
      shown == [
        ["group_id": 134, "group_name": "qa-group", "group_full_path": "acme/qa-group", "group_access_level": 30, "expires_at": nil]
      ])
    #expect(try world.call(.get, "projects/30", token: secret).status == 200)
    #expect(try world.call(.get, path + "/members/all/31", token: root).json?["access_level"] == 30)
    #expect(try world.call(.get, path + "/members/31", token: root).status == 404)
    #expect(try world.call(.delete, path + "/share/134", token: root).status == 204)
    #expect(try world.call(.delete, path + "/share/134", token: root).status == 404)
    #expect(try world.call(.get, "projects/30", token: secret).status == 404)
  }

  @Test func theTriggerersApprovalIsASettingOfTheProject() throws {
    var world = demoWorld()
    let name = "allow_pipeline_trigger_approve_deployment"
    #expect(try world.call(.put, "projects/30", body: .object(JSONObject(members: [(name, true)]))).status == 403)
    let olu = world.token(for: "olu")
    let changed = try world.call(.put, "projects/30", body: .object(JSONObject(members: [(name, true)])), token: olu)
    #expect(changed.status == 200 && changed.json?[name] == true && world.projects[30].allowsTriggererApproval)
    #expect(
      try world.call(.put, "projects/30", body: .object(JSONObject(members: [(name, "maybe")])), token: olu).json?["error"]
        == .string(name + " is invalid"))
    #expect(try world.call(.put, "projects/30", body: [:], token: olu).status == 400)
    #expect(changed.json?["permissions"]?["project_access"]?["access_level"] == 40)
    world.instance.isLicensed = false
    #expect(try world.call(.get, "projects/30", token: olu).json?[name] == nil)
  }

  @Test func everyAnswerTellsGitLabsTime() throws {
    var world = demoWorld()
    #expect(try world.get("user").header("Date") == "Thu, 03 Sep 2026 09:10:00 GMT")
    #expect(try world.call(.get, "nowhere", token: nil).header("Date") == "Thu, 03 Sep 2026 09:10:00 GMT")
    world.instance.clockOffset = .seconds(-86_400)
    #expect(try world.get("user").header("Date") == "Wed, 02 Sep 2026 09:10:00 GMT")
  }

  @Test func aVersionOfOnesOwn() throws {
    var world = demoWorld()
    world.instance.version = World.Version(17, 2, 9)
    #expect(try world.get("version").json?["version"] == "17.2.9-ee")
    _ = world.deploy()
    let hook = try #require(world.takeDeliveries().first { $0.event == .pipeline })
    #expect(hook.request.head.headerFields[.userAgent] == "GitLab/17.2.9-ee")
    #expect(!hook.request.head.headerFields.contains { $0.name.canonicalName == "idempotency-key" })
  }
}
