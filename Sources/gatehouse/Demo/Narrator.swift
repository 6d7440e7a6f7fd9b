import ChangeControl
import JSON
import Storage

/// Tells the story of the demo, step by step, each with the time since the beginning. What it tells is read from the audit log.
struct Narrator: Sendable {
  private let began = ContinuousClock.now

  func say(_ text: String) {
    let elapsed = ContinuousClock.now - began
    let milliseconds = elapsed.wholeMilliseconds
    let seconds = "\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())"
    printLine("\(String(repeating: " ", count: max(0, 8 - seconds.count)))\(seconds) s  \(text)")
  }

  /// One entry of the audit log in words; nil for what would only be noise here.
  func words(for entry: AuditEntry) -> String? {
    let key = entry.change.map(ChangeRequest.key) ?? ""
    let detail = (try? JSONValue.parse(entry.detail)) ?? .null
    func text(_ name: String) -> String { terminalSafe(detail[name]?.string ?? "") }
    switch AuditAction(rawValue: entry.action) {
    case .changeOpened:
      return "\(key) opened: \(text("environment")) of service \(text("service")) waits for approval (asked for by \(text("requested_by")))"
    case .approvalRecorded:
      let comment = text("comment")
      return "\(key) \(text("status")) by \(entry.actor)\(comment.isEmpty ? "" : ": \(comment)")"
    case .gateTurned: return "\(key) gate is \(text("gate")): \(text("from")) → \(text("to"))"
    case .statusChanged:
      let steps = text("from") == text("to") ? text("to") : "\(text("from")) → \(text("to"))"
      return "\(key) \(steps) (\(text("because")))"
    case .callbackDelivered:
      switch text("step") {
      case "approve": return "\(key) GitLab counts the deployment approved (read back)"
      case "play": return "\(key) GitLab has started the job (read back)"
      case "cancel": return "\(key) GitLab has canceled the job (read back)"
      case "reject": return "\(key) GitLab has stopped the deployment for good (read back)"
      default: return nil
      }
    case .callbackAbandoned: return "\(key) \(text("step")) was abandoned: \(text("because"))"
    case .commented: return "\(key) comment by \(entry.actor): \(text("comment"))"
    case .edited: return "\(key) edited by \(entry.actor): \(terminalSafe((detail["after"] ?? .null).text))"
    case .policyFollowed: return "\(key) goes on by policy \(text("policy")) of service \(text("service"))"
    case .policyKept: return "\(key) keeps policy \(text("policy")): \(text("because"))"
    case .approvalWithdrawn: return "\(key) \(entry.actor) took their decision back"
    case .outOfBand: return "\(key) GitLab let it go on without the gate"
    case .glassBroken: return "\(key) \(entry.actor) broke the glass: \(text("reason"))"
    case .reviewed: return "\(key) reviewed by \(entry.actor): \(text("comment"))"
    case .freezeOverridden: return "\(key) \(entry.actor) asks to override the freeze: \(text("reason"))"
    case .recordedInGitLab, .callbackRetried, .tokenCreated, .tokenRevoked, .setupIntended, .setupMade, .setupAbandoned,
      .setupUndone, .setupForgotten, .setupUntold, .setupRefused, .protectedEnvironmentRequested, .protectedEnvironmentProtected,
      .protectedEnvironmentUpdated, .protectedEnvironmentUnprotected, .protectedEnvironmentRefused, .protectedEnvironmentUnsettled,
      .driftDetected, .driftResolved, .driftUnwatched, nil:
      return nil
    }
  }
}
