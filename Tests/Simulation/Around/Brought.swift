/// What a commit brings, and what its merge request says of it.
enum Brought: String, CaseIterable {
  /// As in most lives: no merge request, and no file.
  case unsaid
  case documents = "documents, and says so"
  case documentsUnlabeled = "documents, and does not say so"
  case code = "code, and calls it documents"

  var files: [String] {
    switch self {
    case .unsaid: []
    case .documents, .documentsUnlabeled: ["docs/guide.md"]
    case .code: ["docs/guide.md", "src/main.c"]
    }
  }

  var labels: [String] {
    switch self {
    case .unsaid, .documentsUnlabeled: []
    case .documents, .code: [Brought.label]
    }
  }

  static let label = "documents"
}
