/// What a commit brings, and what its merge request says of it.
enum Brought: String {
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

  /// What a life with a rule on documents draws from. Without a merge request nothing can lack its label: that goes along, as README says.
  static let told: [Brought] = [.documents, .documents, .documentsUnlabeled, .code]

  static let label = "documents"
}
