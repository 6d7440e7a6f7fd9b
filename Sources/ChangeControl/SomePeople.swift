/// Some people by name, and how many more there are: a group may have thousands.
package struct SomePeople: Sendable, Hashable {
  /// More than these nobody reads.
  package static let named = 5

  package var users: [String]
  package var others: Int

  package init(users: [String], others: Int = 0) {
    self.users = users
    self.others = others
  }

  /// The first few of a list.
  package init(_ all: [String]) {
    self.init(users: Array(all.prefix(SomePeople.named)), others: max(0, all.count - SomePeople.named))
  }

  /// Above this a number would be wrong: long lists of GitLab's are not read whole.
  private static let counted = 100

  /// `bob, carol and 12 others`.
  package var text: String {
    let names = users.joined(separator: ", ")
    switch others {
    case 0: return names
    case 1: return "\(names) and 1 other"
    default: return "\(names) and \(others > SomePeople.counted ? "many" : String(others)) others"
    }
  }
}
