import GitLabSimulator
import HTTPTypes
import JSON
import Storage
import Testing

/// What is wrong with a request for a protected environment is said before anything is sent.
@Suite struct ProtectedEnvironmentValidationTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var method = HTTPRequest.Method.post
    var path = ProtectedEnvironmentTests.project
    var body: String
    var status = 422
    var says: [String]

    init(
      _ body: String, _ says: String..., method: HTTPRequest.Method = .post, path: String = ProtectedEnvironmentTests.project,
      status: Int = 422
    ) {
      (self.body, self.says, self.method, self.path, self.status) = (body, says, method, path, status)
    }

    var testDescription: String { "\(method) \(path.suffix(30)) \(body)" }

    static func rules(_ rules: String, _ says: String...) -> Row {
      var row = Row(#"{"name":"x","deploy_access_levels":[{"access_level":40}],"approval_rules":[\#(rules)]}"#)
      row.says = says
      return row
    }

    static func put(_ body: String, _ says: String...) -> Row {
      var row = Row(body, method: .put, path: ProtectedEnvironmentTests.project + "/production")
      row.says = says
      return row
    }

    static func group(_ body: String, _ says: String...) -> Row {
      var row = Row(body, path: ProtectedEnvironmentTests.group)
      row.says = says
      return row
    }
  }

  static let rows: [Row] = [
    Row(#"{"deploy_access_levels":[{"access_level":40}]}"#, "name is missing; send the name of the environment"),
    Row(#"{"name":"","deploy_access_levels":[{"access_level":40}]}"#, "name must be a text"),
    Row(#"{"name":7,"deploy_access_levels":[{"access_level":40}]}"#, "name must be a text"),
    Row(#"{"name":"a\u0007b","deploy_access_levels":[{"access_level":40}]}"#, "cannot be seen"),
    Row(#"{"name":"..","deploy_access_levels":[{"access_level":40}]}"#, "is a step in a path", "rename the environment"),
    Row(#"{"name":"x"}"#, "deploy_access_levels is missing", "nobody else may deploy"),
    Row(#"{"name":"x","deploy_access_levels":null}"#, "deploy_access_levels is missing"),
    Row(#"{"name":"x","deploy_access_levels":[]}"#, "deploy_access_levels is empty"),
    Row(#"{"name":"x","deploy_access_levels":{"access_level":40}}"#, "deploy_access_levels must be an array"),
    Row(#"{"name":"x","deploy_access_levels":[40]}"#, "deploy_access_levels[0] must be an object"),
    Row(#"{"name":"x","deploy_access_levels":[{"access_level":40}],"required_approval_count":1}"#, "required_approval_count is deprecated"),
    Row(
      #"{"name":"x","deploy_access_levels":[{"access_level":40}],"approval_rule":[]}"#, "approval_rule is unknown here", "approval_rules"),
    Row(#"{"name":"x","name":"y","deploy_access_levels":[{"access_level":40}]}"#, "name is there more than once"),
    Row(
      #"{"name":"x","deploy_access_levels":[{"access_level":40,"required_approvals":2}]}"#,
      "deploy_access_levels[0][required_approvals] is unknown here"),
    Row(
      #"{"name":"x","deploy_access_levels":[{"access_level":40,"id":12}]}"#, "deploy_access_levels[0][id] is unknown here"),
    Row(
      #"{"name":"x","deploy_access_levels":[{"access_level":10},{"user_id":0},{"group_id":"x"}]}"#,
      "deploy_access_levels[0][access_level] must be 30 (Developers and Maintainers), 40 (Maintainers) or 60 (administrators); it is 10",
      "deploy_access_levels[1][user_id] must be the id of a user", "deploy_access_levels[2][group_id] must be a whole number"),
    .rules(#"{}"#, "approval_rules[0] names nobody", "exactly one of user_id, group_id and access_level"),
    .rules(#"{"user_id":97,"group_id":134}"#, "approval_rules[0] names user_id and group_id", "exactly one"),
    .rules(#"{"user_id":97,"access_level":40}"#, "approval_rules[0] names user_id and access_level"),
    .rules(#"{"user_id":97,"group_inheritance_type":2}"#, "must be 0 (direct members of the group only) or 1"),
    .rules(#"{"user_id":97,"required_approvals":0}"#, "approval_rules[0][required_approvals] must be a whole number from 1 to 5; it is 0"),
    .rules(#"{"user_id":97,"required_approvals":6}"#, "from 1 to 5; it is 6"),
    .rules(#"{"user_id":97,"required_approvals":1.5}"#, "[required_approvals] must be a whole number"),
    .rules(#"{"user_id":97,"required_approvals":"two"}"#, "[required_approvals] must be a whole number"),
    .rules(#"{"user_id":5555}"#, "user_id 5555 is no member of the project acme/payments/checkout", "a Developer (30)", "nothing was sent"),
    .rules(#"{"user_id":24}"#, "user_id 24 has only access level 20", "a Developer (30)"),
    .rules(
      #"{"group_id":134}"#, "approval_rules[0]: group_id 134 is not invited to the project acme/payments/checkout", "nothing was sent",
      "where a group above forbids that (its Settings > General > Permissions and group features), name a role or people in its place"),
    .put(#"{}"#, "nothing is asked for"),
    .put(#"{"name":"y","approval_rules":[{"user_id":97}]}"#, "name is another than the address says, production", "leave it out"),
    .put(#"{"name":7,"approval_rules":[{"user_id":97}]}"#, "name is another than the address says"),
    .put(#"{"name":"production"}"#, "nothing is asked for"),
    .put(#"{"required_approval_count":3}"#, "required_approval_count is deprecated"),
    .put(#"{"approval_rules":[{"_destroy":true}]}"#, "approval_rules[0][_destroy] needs the id"),
    .put(#"{"approval_rules":[{"user_id":97,"_destroy":false}]}"#, "approval_rules[0][_destroy] needs the id"),
    .put(#"{"approval_rules":[{"id":38,"_destroy":1}]}"#, "approval_rules[0][_destroy] must be true or false"),
    .put(#"{"approval_rules":[{"id":38},{"id":38,"_destroy":true}]}"#, "approval_rules[1] has the id 38 once more"),
    .put(#"{"approval_rules":[{"id":38,"user_id":97,"access_level":40}]}"#, "approval_rules[0] names user_id and access_level"),
    .put(
      #"{"deploy_access_levels":[{"id":38,"access_level":40}]}"#, "deploy_access_levels[0][id]: there is no deploy access level 38 in it",
      "there are 238, 239"),
    .put(#"{"approval_rules":[{"id":38,"user_id":5555}]}"#, "user_id 5555 is no member"),
    .group(#"{"name":"prod","deploy_access_levels":[{"access_level":40}]}"#, "name must be a tier in a group", "production, staging"),
    .group(#"{"deploy_access_levels":[{"access_level":40}]}"#, "name is missing; send the name of the tier"),
    .group(
      #"{"name":"staging","deploy_access_levels":[{"user_id":12}]}"#, "user_id 12 is no member of the group acme/payments",
      "a Maintainer (40)"),
    .group(#"{"name":"staging","deploy_access_levels":[{"user_id":24}]}"#, "user_id 24 has only access level 20", "a Maintainer (40)"),
    .group(
      #"{"name":"staging","deploy_access_levels":[{"group_id":134}]}"#,
      "group_id 134 is not invited to the group acme/payments, nor below it"),
    Row("", "deploy_access_levels is missing", "name is missing"), Row("[]", "must be an object"),
    Row("{", "not JSON", status: 400),
  ]

  @Test(arguments: rows) func isSaidAndNothingIsSent(_ row: Row) throws {
    let house = try House()
    house.neighbour.world.users.insert(World.User(id: 24, username: "gus", name: "Gus Guest"))
    house.neighbour.world.memberships.append(World.Membership(.group(3), userID: 24, level: .reporter))
    let before = try house.rowCounts()
    let protections = house.neighbour.world.protections.all
    let response = house.send(row.method, row.path, as: "adam", body: row.body)
    #expect(response.status.code == row.status, "\(response.text)")
    for words in row.says { #expect(response.gitLabMessage.contains(words), "\(response.text)") }
    #expect(response["Content-Type"] == "application/json")
    #expect(house.neighbour.writes.isEmpty)
    #expect(house.neighbour.world.protections.all.map(\.approvalRules) == protections.map(\.approvalRules))
    #expect(try house.rowCounts() == before, "what was never asked of GitLab is no state change")
  }

  /// A proxy between the gate and GitLab that takes dot segments out (RFC 3986 §5.2.4) would make of the address that of the project itself, and of
  /// an end of the protection the end of the project.
  @Test(arguments: [".", "..", "%2E%2E", ".%2e"]) func aNameThatIsAStepInAPathGoesIntoNoAddress(_ name: String) throws {
    let house = try House()
    for (method, body) in [(HTTPRequest.Method.get, nil), (.put, #"{"approval_rules":[{"user_id":97}]}"#), (.delete, nil)] {
      let response = house.send(method, ProtectedEnvironmentTests.project + "/" + name, as: "adam", body: body)
      #expect(response.status.code == 422, "\(method): \(response.text)")
      #expect(response.gitLabMessage.contains("rename the environment"), "\(response.text)")
    }
    #expect(!house.neighbour.world.requests.entries.contains { $0.path.contains("/protected_environments/.") })
  }

  @Test func everythingWrongIsToldAtOnceAsGitLabDoes() throws {
    let house = try House()
    let response = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: #"{"nme":"x","deploy_access_levels":[{}]}"#)
    #expect(response.json["message"]?.array?.count == 3, "\(response.text)")
    let many = Array(repeating: #"{"access_level":40}"#, count: 51).joined(separator: ",")
    let tooMany = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: #"{"name":"x","deploy_access_levels":[\#(many)]}"#)
    #expect(tooMany.gitLabMessage.contains("has 51 elements; send at most 50 at once"))
    let wrong = Array(repeating: "{}", count: 50).joined(separator: ",")
    let wrongs = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: #"{"deploy_access_levels":[\#(wrong)]}"#)
    #expect(wrongs.json["message"]?.array?.count == 20)
    let large = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", body: String(repeating: " ", count: 64 * 1_024 + 1))
    #expect(large.status == .contentTooLarge && large.gitLabMessage.contains("65536 bytes"))
  }

  @Test func aFormIsTakenAsGitLabTakesIt() throws {
    let house = try House()
    let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded; charset=utf-8"]
    let body =
      "name=review%2Ffeature-x&deploy_access_levels[][access_level]=40&deploy_access_levels%5B%5D%5Buser_id%5D=97"
      + "&approval_rules[][user_id]=97&approval_rules[][required_approvals]=2&approval_rules[][access_level]=40"
    // A user and a level in one element: the form's names run on until one comes again.
    let refused = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", fields: form, body: body)
    #expect(refused.gitLabMessage.contains("deploy_access_levels[0] names user_id and access_level"), "\(refused.text)")
    let taken = house.send(
      .post, ProtectedEnvironmentTests.project, as: "adam", fields: form,
      body: "name=review%2Ffeature-x&deploy_access_levels[][access_level]=40&deploy_access_levels[][access_level]=30"
        + "&approval_rules[][user_id]=97&approval_rules[][required_approvals]=2")
    #expect(taken.status == .created, "\(taken.text)")
    let rule = taken.json["approval_rules"]?.array?.first?["id"]?.integer ?? 0
    let gone = house.send(
      .put, ProtectedEnvironmentTests.project + "/review%2Ffeature-x", as: "adam", fields: form,
      body: "approval_rules[][id]=\(rule)&approval_rules[][_destroy]=true")
    #expect(gone.status == .ok && gone.json["approval_rules"] == [], "\(gone.text)")
    let malformed = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", fields: form, body: "a[b][c][d]=1")
    #expect(malformed.status == .badRequest && malformed.gitLabMessage.contains("deploy_access_levels[][access_level]=40"))
    let other = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", fields: [.contentType: "text/plain"], body: "x")
    #expect(other.status == .unsupportedMediaType && other.gitLabMessage.contains("or as a form"))
  }

  private static let multipart: HTTPFields = [.contentType: #"multipart/form-data; boundary="----gate 1""#]

  private static func parts(_ fields: [(String, String)], boundary: String = "----gate 1") -> String {
    fields.map { "--\(boundary)\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n" }.joined() + "--\(boundary)--\r\n"
  }

  @Test func aFormInPartsIsTakenAsGitLabTakesIt() throws {
    let house = try House()
    let body = Self.parts([
      ("name", "review/feature-x"), ("deploy_access_levels[][access_level]", "40"), ("deploy_access_levels[][access_level]", "30"),
      ("approval_rules[][user_id]", "97"), ("approval_rules[][required_approvals]", "2"),
    ])
    let taken = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", fields: Self.multipart, body: "a preamble\r\n" + body)
    #expect(taken.status == .created, "\(taken.text)")
    #expect(taken.json["name"] == "review/feature-x" && taken.json["deploy_access_levels"]?.array?.count == 2, "\(taken.text)")
    #expect(taken.json["approval_rules"]?.array?.first?["required_approvals"] == 2)
  }

  @Test("a form in parts that is not one is refused, wherever it is cut off") func brokenParts() throws {
    let house = try House()
    let whole = Self.parts([("name", "staging"), ("deploy_access_levels[][access_level]", "40")])
    let file = whole.replacing("name=\"name\"", with: "name=\"name\"; filename=\"x\"")
    let unnamed = whole.replacing("; name=\"name\"", with: "")
    let bodies = [file, unnamed, "", whole.replacing("----gate 1", with: "----gate 2"), whole.replacing("form-data;", with: "attachment;")]
    for body in bodies + whole.indices.map({ String(whole[..<$0]) }) where !body.hasSuffix("--") {
      let refused = house.send(.post, ProtectedEnvironmentTests.project, as: "adam", fields: Self.multipart, body: body)
      #expect(refused.status == .badRequest && refused.gitLabMessage.contains("RFC 7578"), "\(refused.text) for \(body)")
    }
    #expect(house.neighbour.writes.isEmpty)
  }

  @Test("elements with numbers, which GitLab's own framework refuses, are refused with what to write", arguments: [false, true])
  func numbered(isInParts: Bool) throws {
    let house = try House()
    let fields = [("name", "staging"), ("deploy_access_levels[0][access_level]", "40")]
    let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
    let refused = house.send(
      .post, ProtectedEnvironmentTests.project, as: "adam", fields: isInParts ? Self.multipart : form,
      body: isInParts ? Self.parts(fields) : fields.map { "\($0)=\($1)" }.joined(separator: "&"))
    #expect(refused.status == .badRequest)
    #expect(
      refused.gitLabMessage.contains("deploy_access_levels is invalid")
        && refused.gitLabMessage.contains("deploy_access_levels[][access_level]="))
    #expect(house.neighbour.writes.isEmpty)
  }

  /// Terraform's provider sends the name with every update, and of a row to be removed all that GitLab shows of it.
  @Test func whatClientsSayBesideWhatTheyAskForIsNotRefused() throws {
    let house = try House()
    let path = ProtectedEnvironmentTests.project + "/production"
    let added = house.send(.put, path, as: "adam", body: #"{"name":"production","deploy_access_levels":[{"access_level":30}]}"#)
    #expect(added.status == .ok && added["Warning"] == nil, "\(added.text)")
    let levels = try #require(added.json["deploy_access_levels"]?.array)
    let id = try #require(levels.first { $0["access_level"] == 30 }?["id"]?.integer)
    let row = #"{"id":\#(id),"access_level":30,"access_level_description":"Developers","user_id":21,"_destroy":true}"#
    let removed = house.send(.put, path, as: "adam", body: #"{"name":"production","deploy_access_levels":[\#(row)]}"#)
    #expect(removed.status == .ok && removed.json["deploy_access_levels"]?.array?.count == levels.count - 1, "\(removed.text)")
  }

  /// Whom a project or a group takes is none of the above.
  @Test func whoIsTakenIsNotRefused() throws {
    let house = try House()
    house.neighbour.world.share(.project(30), with: 134)
    house.neighbour.world.groups.insert(World.Group(id: 60, name: "below", fullPath: "acme/payments/below", parentID: 3))
    house.neighbour.world.memberships.append(World.Membership(.group(60), userID: Demo.accountID, level: .maintainer))
    let project = house.send(
      .post, ProtectedEnvironmentTests.project, as: "adam",
      body: #"{"name":"x","deploy_access_levels":[{"user_id":12},{"group_id":134},{"user_id":21},{"access_level":60}]}"#)
    #expect(project.status == .created && project["Warning"] == nil, "\(project.text)")
    let group = house.send(
      .post, ProtectedEnvironmentTests.group, as: "adam",
      body: #"{"name":"other","deploy_access_levels":[{"group_id":3},{"group_id":60},{"user_id":21},{"access_level":30}]}"#)
    #expect(group.status == .created && group["Warning"] == nil, "\(group.text)")
    #expect(group.json["deploy_access_levels"]?.array?.count == 4)
  }
}
