package import JSON

/// What of a protected environment somebody asks for, as far as it can be judged without GitLab.
package struct ProtectedEnvironmentChange: Sendable, Hashable {
  package var deployAccessLevels: [AccessGrantChange]
  package var approvalRules: [AccessGrantChange]

  func changes(_ list: AccessGrant.List) -> [AccessGrantChange] { list == .deployAccessLevels ? deployAccessLevels : approvalRules }

  /// The elements of both lists, each with where it stands.
  var all: [(list: AccessGrant.List, change: AccessGrantChange)] {
    AccessGrant.List.allCases.flatMap { list in changes(list).map { (list, $0) } }
  }

  /// A list that is empty is left out: to GitLab both mean that nothing is asked of it.
  var members: JSONObject {
    var object = JSONObject()
    for list in AccessGrant.List.allCases where !changes(list).isEmpty {
      object.append(list.rawValue, .array(changes(list).map(\.value)))
    }
    return object
  }
}

/// One element of a request's `deploy_access_levels` or `approval_rules`.
package struct AccessGrantChange: Sendable, Hashable {
  /// Where it stands in the request: `approval_rules[0]`.
  var place: String
  /// The row to change or remove; nil adds one.
  var id: Int64?
  var isRemoval = false
  /// Nil only where a row is changed in something else, or removed.
  var grantee: Grantee?
  var groupInheritance: Int64?
  var requiredApprovals: Int64?

  /// As it is sent: numbers as numbers, and nothing that was not asked for.
  var value: JSONValue {
    var object = JSONObject()
    if let id { object.append("id", .integer(id)) }
    if isRemoval { object.append("_destroy", true) }
    if let grantee { object.append(grantee.member, .integer(grantee.number)) }
    if let groupInheritance { object.append("group_inheritance_type", .integer(groupInheritance)) }
    if let requiredApprovals { object.append("required_approvals", .integer(requiredApprovals)) }
    return .object(object)
  }

  var text: String { grantee.map { "\(place) (\($0.text))" } ?? place }
}

/// What is to be done with a protected environment.
package enum ProtectedEnvironmentOrder: Sendable, Hashable {
  case protect(String, ProtectedEnvironmentChange)
  case update(String, ProtectedEnvironmentChange)
  case unprotect(String)

  package var name: String {
    switch self {
    case .protect(let name, _), .update(let name, _), .unprotect(let name): name
    }
  }

  package var verb: String {
    switch self {
    case .protect: "protect"
    case .update: "update"
    case .unprotect: "unprotect"
    }
  }

  var change: ProtectedEnvironmentChange? {
    switch self {
    case .protect(_, let change), .update(_, let change): change
    case .unprotect: nil
    }
  }

  /// What is sent as the body of the request.
  package var body: JSONValue {
    switch self {
    case .protect(let name, let change): .object(JSONObject(members: [("name", .string(name))] + change.members.members))
    case .update(_, let change): .object(change.members)
    case .unprotect: [:]
    }
  }
}
