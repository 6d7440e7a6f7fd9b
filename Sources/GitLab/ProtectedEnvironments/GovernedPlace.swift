package import JSON

/// A project under change control, or a group above one, as GitLab shows it.
package struct GovernedPlace: Sendable, Hashable {
  package enum Level: String, Sendable, Hashable, CaseIterable {
    case project, group

    /// As the API's paths begin.
    package var collection: String { self == .project ? "projects" : "groups" }

    /// As GitLab's sentences begin: `404 Project Not Found`.
    package var title: String { self == .project ? "Project" : "Group" }
  }

  package var level: Level
  package var id: Int64
  /// The full path: `acme/payments/checkout`.
  package var path: String
  /// Groups that were invited to it; nil where GitLab does not tell.
  var invitedGroups: Set<Int64>?
  /// What a client needs to know of it, of what GitLab tells.
  package var entity: JSONValue

  init?(_ value: JSONValue, level: Level) {
    let pathMember = level == .project ? "path_with_namespace" : "full_path"
    guard let id = value.id("id"), let path = value.text(pathMember, limit: Limits.urlBytes) else { return nil }
    self.level = level
    self.id = id
    self.path = path
    invitedGroups = value["shared_with_groups"]?.array.map { Set($0.compactMap { $0.id("group_id") }) }
    var entity = JSONObject()
    for name in ["id", "name", "path", pathMember, "web_url"] {
      guard let member = value[name] else { continue }
      entity.append(name, member)
    }
    self.entity = .object(entity)
  }

  /// As the audit log kept it.
  package init?(record: JSONValue, level: Level) {
    guard let id = record.id("id"), let path = record["path"]?.string else { return nil }
    (self.level, self.id, self.path) = (level, id, path)
    entity = record
  }

  var endpoint: String { "/\(level.collection)/\(id)" }

  /// For sentences: `project acme/payments/checkout`.
  package var text: String { "\(level.rawValue) \(path.bounded(to: Limits.message))" }

  /// For the audit log.
  package var record: JSONValue { ["id": .integer(id), "path": .string(path)] }
}
