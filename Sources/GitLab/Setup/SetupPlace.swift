/// Where in GitLab something is that a gate needs: in the whole instance, in a group or in a project.
package enum SetupPlace: Sendable, Hashable {
  case instance
  case group(id: Int64, path: String)
  case project(id: Int64, path: String)

  /// What the paths of its endpoints begin with: by its number, whatever it is called.
  package var endpoint: String {
    switch self {
    case .instance: ""
    case .group(let id, _): "/groups/\(id)"
    case .project(let id, _): "/projects/\(id)"
    }
  }

  /// The id of the group or project; nil for the instance.
  package var id: Int64? {
    switch self {
    case .instance: nil
    case .group(let id, _), .project(let id, _): id
    }
  }

  package var path: String? {
    switch self {
    case .instance: nil
    case .group(_, let path), .project(_, let path): path
    }
  }

  /// `instance`, `group` or `project`: as it is kept.
  package var level: Level {
    switch self {
    case .instance: .instance
    case .group: .group
    case .project: .project
    }
  }

  package enum Level: String, Sendable, Hashable, CaseIterable { case instance, group, project }

  package init?(_ level: Level, id: Int64?, path: String?) {
    switch (level, id) {
    case (.instance, _): self = .instance
    case (.group, let id?): self = .group(id: id, path: path ?? "")
    case (.project, let id?): self = .project(id: id, path: path ?? "")
    case (.group, nil), (.project, nil): return nil
    }
  }

  /// Whether it is the same, wherever it has been moved to.
  package func isSame(as other: SetupPlace) -> Bool { level == other.level && id == other.id }

  /// Whether it is another place, or in it, by their paths.
  package func lies(in other: SetupPlace) -> Bool {
    guard let path = path?.lowercased(), let above = other.path?.lowercased() else { return isSame(as: other) }
    return isSame(as: other) || (other.level == .group && path.hasPrefix(above + "/"))
  }

  /// `project acme/payments/checkout`, for people.
  package var text: String {
    switch self {
    case .instance: "the instance"
    case .group(let id, let path): "group \(path.isEmpty ? String(id) : path)"
    case .project(let id, let path): "project \(path.isEmpty ? String(id) : path)"
    }
  }
}
