package import JSON

/// A request of the API that cannot be, as GitLab says it: a sentence for each thing that is wrong.
package struct InvalidProtectedEnvironment: Error, Sendable, Hashable {
  package var messages: [String]
}

extension ProtectedEnvironmentOrder {
  /// The tiers that a group protects, in place of environments (facts E).
  static let tiers = ["production", "staging", "testing", "development", "other"]

  /// What is wrong with a name that no address may hold. A client's or a proxy's cleaning of paths (RFC 3986 §5.2.4) takes it for a step, escaped or
  /// not: of `DELETE …/projects/30/protected_environments/..` it would make `DELETE …/projects/30`.
  package static func objection(toName name: String) -> String? {
    [".", ".."].contains(name)
      ? "the name '\(name)' is a step in a path, and a proxy before GitLab could make another address of it; rename the environment" : nil
  }

  /// The body of a POST. Throws all that is wrong with it together.
  package static func protecting(_ body: JSONObject, in level: GovernedPlace.Level) throws(InvalidProtectedEnvironment) -> Self {
    var reader = OrderReader()
    let change = reader.change(body, known: ["name"], isNew: true)
    let name = reader.name(body["name"], in: level)
    guard reader.problems.isEmpty else { throw InvalidProtectedEnvironment(messages: reader.problems) }
    return .protect(name, change)
  }

  /// The body of a PUT. Clients send the name along (Terraform's provider does with each update): it is the address's, for nothing is renamed.
  package static func updating(_ name: String, _ body: JSONObject) throws(InvalidProtectedEnvironment) -> Self {
    var reader = OrderReader()
    let change = reader.change(body, known: ["name"], isNew: false)
    if let named = body["name"], !named.isNull, named.string != name {
      reader.note("name is another than the address says, \(name); leave it out: a protected environment cannot be renamed")
    }
    if reader.problems.isEmpty, change.all.isEmpty {
      reader.note("nothing is asked for; send deploy_access_levels or approval_rules with at least one element")
    }
    guard reader.problems.isEmpty else { throw InvalidProtectedEnvironment(messages: reader.problems) }
    return .update(name, change)
  }

  /// As the audit log kept it; nil where it is none that could have been sent.
  package init?(verb: String, _ name: String, _ body: JSONValue, in level: GovernedPlace.Level) {
    guard let body = body.object else { return nil }
    let order: Self? =
      switch verb {
      case "protect": try? .protecting(body, in: level)
      case "update": try? .updating(name, body)
      case "unprotect": .unprotect(name)
      default: nil
      }
    guard let order, order.name == name else { return nil }
    self = order
  }
}

/// Reads a body, and gathers everything that is wrong with it.
private struct OrderReader {
  private(set) var problems: [String] = []

  mutating func note(_ problem: String) { if problems.count < Limits.problems { problems.append(problem) } }

  mutating func name(_ value: JSONValue?, in level: GovernedPlace.Level) -> String {
    guard let value, !value.isNull else {
      note("name is missing; send the name of the \(level == .group ? "tier" : "environment")")
      return ""
    }
    guard let name = value.string, !name.isEmpty else {
      note("name must be a text, the name of the \(level == .group ? "tier" : "environment")")
      return ""
    }
    if let objection = ProtectedEnvironmentOrder.objection(toName: name) {
      note(objection)
    } else if name.unicodeScalars.count > Limits.environmentName {
      note("name is longer than the \(Limits.environmentName) characters that GitLab takes; shorten it")
    } else if name.unicodeScalars.contains(where: { !$0.isPrintable }) {
      note("name has characters in it that cannot be seen; leave them out")
    } else if level == .group, !ProtectedEnvironmentOrder.tiers.contains(name) {
      note(
        "name must be a tier in a group, one of \(ProtectedEnvironmentOrder.tiers.joined(separator: ", ")); a project protects environments by name"
      )
    }
    return name
  }

  mutating func change(_ body: JSONObject, known: [String], isNew: Bool) -> ProtectedEnvironmentChange {
    let lists = AccessGrant.List.allCases.map(\.rawValue)
    check(body, known: known + lists + ["required_approval_count"], at: nil)
    if let count = body["required_approval_count"], !count.isNull, OrderReader.number(count) != 0 {
      note(
        "required_approval_count is deprecated, and newer GitLabs refuse it; leave it out and send approval_rules with required_approvals")
    }
    let change = ProtectedEnvironmentChange(
      deployAccessLevels: elements(.deployAccessLevels, body, isNew: isNew), approvalRules: elements(.approvalRules, body, isNew: isNew))
    let isListThere = body["deploy_access_levels"].map { !$0.isNull } ?? false
    if isNew, !isListThere {
      note("deploy_access_levels is missing; send at least one element, such as {\"access_level\": 40}: nobody else may deploy")
    } else if isNew, body["deploy_access_levels"]?.array?.isEmpty == true {
      note("deploy_access_levels is empty; send at least one element, such as {\"access_level\": 40}: nobody else may deploy")
    }
    return change
  }

  private mutating func elements(_ list: AccessGrant.List, _ body: JSONObject, isNew: Bool) -> [AccessGrantChange] {
    guard let value = body[list.rawValue], !value.isNull else { return [] }
    guard let array = value.array else {
      note("\(list.rawValue) must be an array of objects, such as [{\"access_level\": 40}]")
      return []
    }
    guard array.count <= Limits.askedGrants else {
      note("\(list.rawValue) has \(array.count) elements; send at most \(Limits.askedGrants) at once")
      return []
    }
    var changes: [AccessGrantChange] = []
    for (index, value) in array.enumerated() {
      let place = "\(list.rawValue)[\(index)]"
      guard let object = value.object else {
        note("\(place) must be an object, such as {\"access_level\": 40}")
        continue
      }
      let change = element(object, place, list, isNew: isNew)
      if let id = change.id, changes.contains(where: { $0.id == id }) { note("\(place) has the id \(id) once more; send each id once") }
      changes.append(change)
    }
    return changes
  }

  private mutating func element(_ object: JSONObject, _ place: String, _ list: AccessGrant.List, isNew: Bool) -> AccessGrantChange {
    // The description is of GitLab's making; clients send back what they were shown, and GitLab passes over it.
    let known = ["user_id", "group_id", "access_level", "group_inheritance_type", "access_level_description"]
    check(
      object, known: known + (list == .approvalRules ? ["required_approvals"] : []) + (isNew ? [] : ["id", "_destroy"]), at: place)
    var change = AccessGrantChange(place: place)
    change.id = number("id", object, place) { $0 > 0 ? nil : "must be the id of an element that is there" }
    change.isRemoval = flag("_destroy", object, place)
    let user = number("user_id", object, place) { $0 > 0 ? nil : "must be the id of a user" }
    let group = number("group_id", object, place) { $0 > 0 ? nil : "must be the id of a group" }
    let level = number("access_level", object, place) {
      [30, 40, 60].contains($0) ? nil : "must be 30 (Developers and Maintainers), 40 (Maintainers) or 60 (administrators)"
    }
    change.groupInheritance = number("group_inheritance_type", object, place) {
      $0 == 0 || $0 == 1 ? nil : "must be 0 (direct members of the group only) or 1 (inherited members too)"
    }
    change.requiredApprovals = number("required_approvals", object, place) {
      (1...Limits.requiredApprovals).contains($0) ? nil : "must be a whole number from 1 to \(Limits.requiredApprovals)"
    }
    let names = ["user_id", "group_id", "access_level"].filter { object[$0].map { !$0.isNull } ?? false }
    if names.count > 1, !change.isRemoval {
      note(
        "\(place) names \(names.joined(separator: " and ")); send exactly one of user_id, group_id and access_level, each in an element of its own"
      )
    } else if names.isEmpty, change.id == nil, !change.isRemoval {
      note("\(place) names nobody; send exactly one of user_id, group_id and access_level")
    }
    if object["_destroy"].map({ !$0.isNull }) ?? false, change.id == nil, object["id"].map({ $0.isNull }) ?? true {
      note("\(place)[_destroy] needs the id of the element to remove; GET shows the ids")
    }
    // Of a row to be removed clients send all that GitLab shows of it: its id says which it is.
    if names.count == 1 { change.grantee = user.map(Grantee.user) ?? group.map(Grantee.group) ?? level.map(Grantee.accessLevel) }
    return change
  }

  /// Members that are not known, and those that are there twice: two readers of one body must not read two requests.
  private mutating func check(_ object: JSONObject, known: [String], at place: String?) {
    var seen: Set<String> = []
    for member in object.members {
      let name = place.map { "\($0)[\(member.name.bounded(to: 80))]" } ?? member.name.bounded(to: 80)
      if !known.contains(member.name) {
        note("\(name) is unknown here and would be ignored; leave it out: known are \(known.joined(separator: ", "))")
      } else if !seen.insert(member.name).inserted {
        note("\(name) is there more than once; send it once")
      }
    }
  }

  /// A number, or its digits: a form has nothing else. JSON null counts as missing.
  private mutating func number(_ name: String, _ object: JSONObject, _ place: String, objection: (Int64) -> String?) -> Int64? {
    guard let value = object[name], !value.isNull else { return nil }
    guard let number = OrderReader.number(value) else {
      note("\(place)[\(name)] must be a whole number")
      return nil
    }
    if let objection = objection(number) {
      note("\(place)[\(name)] \(objection); it is \(number)")
      return nil
    }
    return number
  }

  private static func number(_ value: JSONValue) -> Int64? {
    if let text = value.string, (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return Int64(text)
    }
    return value.integer
  }

  private mutating func flag(_ name: String, _ object: JSONObject, _ place: String) -> Bool {
    switch object[name] {
    case nil, .null: return false
    case .bool(let flag): return flag
    case .string("true"): return true
    case .string("false"): return false
    default:
      note("\(place)[\(name)] must be true or false")
      return false
    }
  }
}
