import ChangeControl
import Gate
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Testing
import Web

/// GitLab's protected environments API as the gate answers it: in GitLab's shapes, to whom it may, about what is under change control.
@Suite struct ProtectedEnvironmentTests {
  static let project = "/api/v4/projects/30/protected_environments"
  static let group = "/api/v4/groups/3/protected_environments"
  static let body = #"{"name":"review/feature-x","deploy_access_levels":[{"access_level":40}],"approval_rules":[{"user_id":97}]}"#

  /// What GitLab itself answers.
  private func gitLab(_ house: House, _ path: String) throws -> Response {
    var head = HTTPRequest(method: .get, scheme: "https", authority: "gitlab.example.com", path: path)
    head.headerFields[try #require(HTTPField.Name("PRIVATE-TOKEN"))] = Demo.token
    return try house.neighbour.world.respond(to: Request(head: head), at: house.now).answer.get()
  }

  @Test(arguments: ["30", "acme%2Fpayments%2Fcheckout"], ["", "/"])
  func readsAsGitLabDoes(_ id: String, _ slash: String) throws {
    let house = try House()
    for path in ["/api/v4/projects/\(id)/protected_environments", "/api/v4/projects/\(id)/protected_environments/production"] {
      let response = house.send(.get, path + slash, as: "audrey")
      #expect(response.status == .ok)
      #expect(response.json == (try gitLab(house, path)).json)
    }
    let entity = house.send(.get, "/api/v4/projects/\(id)" + slash, as: "audrey")
    #expect(entity.json["id"]?.integer == 30)
    #expect(entity.json["path_with_namespace"]?.string == "acme/payments/checkout")
    #expect(entity.json.object?.members.count == 5, "no more than a client needs to go on: \(entity.text)")
    #expect(house.neighbour.writes.isEmpty)
  }

  @Test func pagesAsGitLabDoesWithLinksToUs() throws {
    let house = try House()
    let first = house.send(.get, Self.project + "?per_page=1", as: "audrey")
    #expect(first.json.array?.compactMap { $0["name"]?.string } == ["production"])
    #expect(first["X-Page"] == "1" && first["X-Per-Page"] == "1" && first["X-Next-Page"] == "2" && first["X-Prev-Page"] == "")
    #expect(first["X-Total"] == "2" && first["X-Total-Pages"] == "2")
    let ours = "https://gatehouse.example.com\(Self.project)"
    #expect(first["Link"]?.contains("<\(ours)?page=2&per_page=1>; rel=\"next\"") == true)
    #expect(first["Link"]?.contains("gitlab.example.com") == false)
    let second = house.send(.get, Self.project + "?per_page=1&page=2", as: "audrey")
    #expect(second.json.array?.compactMap { $0["name"]?.string } == ["staging"])
    #expect(second["X-Next-Page"] == "" && second["X-Prev-Page"] == "1")
    #expect(second["Link"]?.contains("rel=\"next\"") == false)
    for query in ["page=0", "page=x", "per_page=-1", "page=+1", "page="] {
      let response = house.send(.get, Self.project + "?" + query, as: "audrey")
      #expect(response.status == .badRequest && response.gitLabMessage.contains("is invalid"), "\(query): \(response.text)")
    }
    #expect(house.send(.get, Self.project + "?pge=2", as: "audrey").gitLabMessage.contains("did you mean 'page'?"))
  }

  @Test func aWholeLifeWithItsAuditEntries() throws {
    let house = try House()
    let made = house.send(.post, Self.project, as: "adam", body: Self.body)
    #expect(made.status == .created && made["Warning"] == nil)
    let one = Self.project + "/review%2Ffeature-x"
    #expect(made.json == (try gitLab(house, one)).json)
    let rule = try #require(made.json["approval_rules"]?.array?.first?["id"]?.integer)
    let changed = house.send(.put, one, as: "adam", body: #"{"approval_rules":[{"id":\#(rule),"user_id":97,"required_approvals":2}]}"#)
    #expect(changed.status == .ok)
    #expect(changed.json["approval_rules"]?.array?.first?["required_approvals"]?.integer == 2)
    let gone = house.send(.delete, one, as: "adam")
    #expect(gone.status == .noContent && gone.body.isEmpty)
    #expect(house.send(.get, one, as: "adam").json == ["message": "404 Not found"])
    #expect(
      house.neighbour.writes == [
        "POST projects/30/protected_environments", "PUT projects/30/protected_environments/review%2Ffeature-x",
        "DELETE projects/30/protected_environments/review%2Ffeature-x",
      ])
    let requested = try house.auditEntries(.protectedEnvironmentRequested)
    #expect(requested.map(\.actor) == ["adam", "adam", "adam"])
    let ends = try [AuditAction.protectedEnvironmentProtected, .protectedEnvironmentUpdated, .protectedEnvironmentUnprotected].map {
      try #require(try house.auditEntries($0).first)
    }
    #expect(zip(requested, ends).allSatisfy { $0.seq + 1 == $1.seq }, "each is asked for before it is done")
    let details = try ends.map { try JSONValue.parse($0.detail) }
    #expect(details[0]["before"]?.isNull == true && details[0]["after"]?["name"]?.string == "review/feature-x")
    #expect(details[1]["before"]?["approval_rules"]?.array?.first?["required_approvals"]?.integer == 1)
    #expect(details[1]["after"]?["approval_rules"]?.array?.first?["required_approvals"]?.integer == 2)
    #expect(details[2]["before"] == details[1]["after"] && details[2]["after"]?.isNull == true)
    #expect(details.allSatisfy { $0["project"] == ["id": 30, "path": "acme/payments/checkout"] && $0["dropped"] == [] })
    if case .broken(let why) = try house.auditChain() { Issue.record("\(why)") }
  }

  @Test(arguments: [
    ("vera", 403, 403), ("alice", 403, 403), ("oscar", 403, 403), ("audrey", 200, 403), ("adam", 200, 201),
  ]) func eachRoleMayDoWhatItMay(_ user: String, _ reading: Int, _ writing: Int) throws {
    let house = try House()
    let before = try house.rowCounts()
    let read = house.send(.get, Self.project, as: user)
    #expect(read.status.code == reading)
    if reading == 403 {
      #expect(house.neighbour.sent.isEmpty)
      #expect(read.gitLabMessage.hasPrefix("403 Forbidden - a token with the role"))
      #expect(read.json["error"] == nil)
    }
    let asked = house.neighbour.sent.count
    // A wrong body is told to nobody who may not send a right one.
    for body in [Self.body, "{}"] where writing == 403 {
      let response = house.send(.post, Self.project, as: user, body: body)
      #expect(response.status.code == 403 && response.gitLabMessage.contains("it takes admin"))
      #expect(house.send(.put, Self.project + "/production", as: user, body: body).status.code == 403)
      #expect(house.send(.delete, Self.project + "/production", as: user).status.code == 403)
    }
    if writing == 403 {
      #expect(house.neighbour.sent.count == asked)
      #expect(try house.rowCounts() == before)
    } else {
      #expect(house.send(.post, Self.project, as: user, body: Self.body).status.code == writing)
    }
  }

  @Test func withoutATokenThereIsNothing() throws {
    let house = try House()
    for (method, path) in [(HTTPRequest.Method.get, Self.project), (.post, Self.project), (.delete, Self.group + "/production")] {
      let response = house.send(method, path, body: method == .post ? Self.body : nil)
      #expect(response.status == .unauthorized && response.gitLabMessage.hasPrefix("401 Unauthorized - send a Gatehouse token"))
    }
    #expect(house.neighbour.sent.isEmpty)
  }

  @Test func whatIsNotUnderChangeControlIsNotThere() throws {
    let house = try House()
    house.neighbour.world.groups.insert(World.Group(id: 50, name: "other", fullPath: "other"))
    house.neighbour.world.projects.insert(
      World.Project(id: 51, groupID: 50, path: "shop", description: "", createdAt: House.start))
    house.neighbour.world.memberships.append(World.Membership(.group(50), userID: Demo.accountID, level: .owner))
    let before = try house.rowCounts()
    for (path, words) in [
      ("projects/51", "no service of this gate covers it"), ("projects/other%2Fshop", "no service of this gate covers it"),
      ("groups/50", "no project below it is under change control here"), ("projects/999", "GitLab main shows our account none"),
    ] {
      for (method, suffix, body) in [(HTTPRequest.Method.get, "", nil), (.post, "", Self.body), (.delete, "/production", nil)] {
        let groupBody = body.map { path.hasPrefix("groups") ? $0.replacing("review/feature-x", with: "staging") : $0 }
        let response = house.send(method, "/api/v4/\(path)/protected_environments\(suffix)", as: "adam", body: groupBody)
        #expect(response.status == .notFound && response.gitLabMessage.contains(words), "\(method) \(path): \(response.text)")
        #expect(response.gitLabMessage.hasPrefix("404 \(path.hasPrefix("projects") ? "Project" : "Group") Not Found - "))
      }
    }
    #expect(house.neighbour.writes.isEmpty)
    #expect(try house.rowCounts() == before)
  }

  @Test func groupsAboveAProjectAreGovernedToo() throws {
    let house = try House()
    house.neighbour.world.memberships.append(World.Membership(.group(2), userID: Demo.accountID, level: .maintainer))
    for id in ["3", "acme%2Fpayments", "2", "acme"] {
      #expect(house.send(.get, "/api/v4/groups/\(id)/protected_environments", as: "audrey").status == .ok, "\(id)")
    }
    #expect(house.send(.get, "/api/v4/groups/134/protected_environments", as: "audrey").status == .notFound)
    let entity = house.send(.get, "/api/v4/groups/acme%2Fpayments", as: "audrey")
    #expect(entity.json["full_path"]?.string == "acme/payments")
    let body = #"{"name":"staging","deploy_access_levels":[{"access_level":40}]}"#
    #expect(house.send(.post, Self.group, as: "adam", body: body).status == .created)
    let details = try house.auditEntries(.protectedEnvironmentProtected).map { try JSONValue.parse($0.detail) }
    #expect(details.map { $0["group"] } == [["id": 3, "path": "acme/payments"]])
  }

  @Test func aGroupIsGovernedByAProjectThatIsConfiguredByItsNumber() throws {
    var plan = ControlPlan.example
    plan.services[0].projects = [.id(999), .id(30)]
    let house = try House(plan: plan)
    #expect(house.send(.get, "/api/v4/projects/30/protected_environments", as: "audrey").status == .ok)
    #expect(house.send(.get, Self.group, as: "audrey").status == .ok)
    #expect(house.send(.get, "/api/v4/groups/134/protected_environments", as: "audrey").status == .notFound)
  }

  @Test func theAddressNamesTheGitLabWhereThereAreSeveral() throws {
    let one = try House()
    #expect(one.send(.get, "/gitlab/main" + Self.project, as: "audrey").json == one.send(.get, Self.project, as: "audrey").json)
    #expect(one.send(.get, "/gitlab/main" + Self.project, as: "audrey")["Link"]?.contains("/gitlab/main/api/v4/") == true)
    let unknown = one.send(.get, "/gitlab/mane" + Self.project, as: "audrey")
    #expect(unknown.status == .notFound && unknown.gitLabMessage.contains("known are main"))

    var plan = ControlPlan.example
    var second = plan.instances[0]
    second.name = "second"
    plan.instances.append(second)
    let several = try House(plan: plan)
    let ambiguous = several.send(.get, Self.project, as: "audrey")
    #expect(ambiguous.status == .notFound)
    #expect(ambiguous.gitLabMessage.contains("/gitlab/main/api/v4, /gitlab/second/api/v4"))
    #expect(several.send(.get, Self.project).status == .unauthorized, "the names are told to nobody else")
    #expect(several.send(.get, "/gitlab/main" + Self.project, as: "audrey").status == .ok)
    #expect(several.send(.get, "/gitlab/second" + Self.project, as: "audrey").status == .notFound, "its services are another GitLab's")
  }

  @Test func whatElseGitLabHasIsAskedOfGitLab() throws {
    let house = try House()
    for path in ["/api/v4/projects", "/api/v4/projects/30/jobs", "/api/v4/user", "/gitlab/main/api/v4/version"] {
      let response = house.send(.get, path, as: "adam")
      #expect(response.status == .notFound && response.gitLabMessage.contains("ask GitLab itself"), "\(path): \(response.text)")
    }
    #expect(house.send(.patch, Self.project, as: "adam", body: "{}").status == .methodNotAllowed)
    #expect(house.send(.get, Self.project + "/review/feature-x", as: "adam").gitLabMessage.contains("%2F"))
    #expect(house.send(.get, "/api/v1/nothing", as: "adam").code == "not_found")
    #expect(house.neighbour.sent.isEmpty)
  }
}
