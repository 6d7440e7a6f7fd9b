import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON

/// Whether what the audit log tells of people is what they asked for: who it was, whether their role lets them, and on which revision they insisted
/// (`If-Match`). By what was sent: what the gate writes down of it may be as wrong as what it did.
struct Deeds {
  private struct Wish {
    var user: String
    var change: String
    var revision: Int64?
    /// The step of the workflow that they want to take.
    var transition: String?
  }

  /// Which only an operator or an administrator does. All clicks of our workflows are theirs.
  private static let operators: Set<String> = ["change.edited", "change.glass_broken", "callback.retried", "gate.turned", "change.status"]
  private static let others: Set<String> = [
    "approval.recorded", "approval.withdrawn", "change.commented", "change.reviewed", "freeze.overridden",
  ]
  /// Of a request for these the gate looks at `If-Match`.
  private static let insisting = operators.union(["approval.recorded", "approval.withdrawn"]).subtracting(["callback.retried"])

  /// By request.
  private var wishes: [String: Wish] = [:]

  mutating func sent(_ request: Request, by user: String) {
    guard let name = request.head.headerFields[.requestID], let parts = request.head.path?.split(separator: "/"), parts.count >= 4 else {
      return
    }
    let tag = request.head.headerFields[.ifMatch]
    let transition = parts.last == "transitions" ? (try? JSONValue.parse(request.body))?["name"]?.string : nil
    note(name, by: user, change: String(parts[3]), revision: tag.flatMap { Int64($0.dropFirst().dropLast()) }, transition: transition)
  }

  mutating func note(_ request: String, by user: String, change: String, revision: Int64?, transition: String? = nil) {
    wishes[request] = Wish(user: user, change: change, revision: revision, transition: transition)
  }

  /// - Parameters:
  ///   - told: what the audit log tells of one commit and one change.
  ///   - revision: what the change had before it. Others may have come first in the same transaction; nobody came before that.
  func objection(to told: [Books.Entry], after revision: Int64?) -> String? {
    for entry in told {
      let isStep = entry.action == "gate.turned" || entry.action == "change.status"
      let isDeed = isStep || Deeds.operators.contains(entry.action) || Deeds.others.contains(entry.action)
      let wish = entry.said["request_id"]?.string.flatMap { wishes[$0] }
      if !isDeed, Staff.knows(entry.actor) { return "\(entry.action) is told of \(entry.actor), and people do no such thing" }
      // The gate moves changes on too, by itself and behind somebody's step.
      let isOurs = isStep && !Staff.knows(entry.actor) && (wish?.transition == nil || wish?.transition != entry.said["transition"]?.string)
      guard isDeed, !isOurs else { continue }
      guard let wish, entry.change.map({ "CHG-\($0)" }) == wish.change else {
        return "\(entry.action) is told of \(entry.actor), and nobody has asked for it"
      }
      if wish.user != entry.actor { return "\(entry.action) is told of \(entry.actor), and it was \(wish.user) who asked for it" }
      let isTheirs = Deeds.operators.contains(entry.action) ? Staff.operates(wish.user) : Staff.decides(wish.user)
      if !isTheirs { return "\(entry.action) is done by \(wish.user), whose role does not let them" }
      if let wanted = wish.revision, let revision, wanted < revision, Deeds.insisting.contains(entry.action) {
        return "\(wish.user) insisted on revision \(wanted), and \(entry.action) was done on \(revision) or a later one"
      }
    }
    return nil
  }

  /// What is wrong with letting somebody at all, also where nothing came of it and nothing is written down.
  static func objection(to request: Request, _ response: Response, by user: String) -> String? {
    guard (200..<300).contains(response.status.code), request.head.method != .get, let path = request.head.path else { return nil }
    let isOperators = ["/break-glass", "/transitions", "/callbacks/retry"].contains { path.hasSuffix($0) }
    let needsOperator = isOperators || request.head.method == .patch
    if needsOperator ? Staff.operates(user) : Staff.decides(user) { return nil }
    return "\(user), whose role does not let them \(request.head.method) \(path), is answered \(response.status.code)"
  }
}

extension Staff {
  fileprivate static func knows(_ user: String) -> Bool { roles.contains { $0.user == user } }

  // Not by what the roles say of themselves: that is what is checked.
  fileprivate static func operates(_ user: String) -> Bool { roles.contains { $0.user == user && [.operator, .admin].contains($0.role) } }

  fileprivate static func decides(_ user: String) -> Bool {
    roles.contains { $0.user == user && [.approver, .operator, .admin].contains($0.role) }
  }
}
