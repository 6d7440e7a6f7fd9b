/// What GitLab's page of a deployment says of our decision: which change, who decided, and where to read on. At most 255 characters.
package enum ApprovalComment {
  /// `CHG-42 approved by alice, bob (2 of 2) https://gatehouse.example.com/changes/CHG-42`. Names that find no room are counted:
  /// `alice, bob and 7 more`. Without approvers it is the policy that approved.
  package static func approval(key: String, approvers: [String], required: Int, publicURL: String) -> String {
    let count = required > 0 ? " (\(approvers.count) of \(required))" : ""
    guard !approvers.isEmpty else { return line("\(key) approved by policy", key: key, publicURL: publicURL) }
    let names = approvers.map { $0.bounded(to: 60) }
    for shown in stride(from: names.count, through: 1, by: -1) {
      let more = shown < names.count ? " and \(names.count - shown) more" : ""
      let text = "\(key) approved by \(names.prefix(shown).joined(separator: ", "))\(more)\(count)"
      if fits(text, key: key, publicURL: publicURL) { return line(text, key: key, publicURL: publicURL) }
    }
    return line("\(key) approved by \(names.count) people\(count)", key: key, publicURL: publicURL)
  }

  /// `CHG-42 rejected by carol: freeze until Monday https://gatehouse.example.com/changes/CHG-42`. Without a person it is the policy that
  /// rejected. A reason that finds no room ends in `…`.
  package static func rejection(key: String, by person: String?, reason: String?, publicURL: String) -> String {
    let head = "\(key) rejected by \((person ?? "policy").bounded(to: 60))"
    guard let reason = reason?.bounded(to: Limits.approvalComment).trimmed, !reason.isEmpty else {
      return line(head, key: key, publicURL: publicURL)
    }
    return line("\(head): \(reason)", key: key, publicURL: publicURL)
  }

  /// The text, cut so that the address stays whole. An address too long to leave room for the text is left out: half of it leads nowhere.
  private static func line(_ text: String, key: String, publicURL: String) -> String {
    let room = room(key: key, publicURL: publicURL)
    guard room >= shortestText else { return text.bounded(to: Limits.approvalComment) }
    return text.bounded(to: room) + " " + address(of: key, publicURL)
  }

  private static let shortestText = 60

  private static func fits(_ text: String, key: String, publicURL: String) -> Bool {
    let room = room(key: key, publicURL: publicURL)
    return text.unicodeScalars.count <= (room >= shortestText ? room : Limits.approvalComment)
  }

  private static func room(key: String, publicURL: String) -> Int {
    Limits.approvalComment - 1 - address(of: key, publicURL).unicodeScalars.count
  }

  private static func address(of key: String, _ publicURL: String) -> String { "\(publicURL)/changes/\(key)" }
}
