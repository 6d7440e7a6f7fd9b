import ChangeControl
import Gate
import Logging
import Storage

/// Tells the log what a new configuration means for what waits: which policies differ, which changes turn by it, and of which it says something
/// else. The changes turn right after, when the new configuration is in force.
struct ReloadReport: Sendable {
  /// Lines of each kind; what is more is counted.
  static let lines = 20

  let former: Gate
  let current: Gate
  let log: Logger

  func tell(from readers: Readers) async {
    guard former.plan != current.plan else { return }
    tellPolicies()
    do {
      try await tellChanges(from: readers)
    } catch {
      log.warning("what the new configuration means for waiting changes cannot be told", metadata: ["reason": "\(error)"])
    }
  }

  private func tellPolicies() {
    let (before, after) = (former.policyDigests, current.policyDigests)
    let differing = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    for name in differing.prefix(ReloadReport.lines) {
      log.notice(
        "a policy differs from the one before",
        metadata: ["policy": "\(name)", "digest_before": "\(before[name] ?? "none")", "digest": "\(after[name] ?? "none")"])
    }
    if differing.count > ReloadReport.lines { log.notice("more policies differ", metadata: ["count": "\(differing.count)"]) }
  }

  private func tellChanges(from readers: Readers) async throws {
    var cursor: Int64?
    var letThrough: [ChangeRecord] = []
    var (lookedAt, turning, differing, following) = (0, 0, 0, 0)
    repeat {
      let page = try await readers.perform { [former, current, cursor, letThrough] in
        try current.compare(with: former, before: cursor, letThrough: letThrough, in: $0)
      }
      letThrough = page.letThrough
      for changed in page.changed {
        if changed.before.policy != changed.after.policy || changed.before.kept != changed.after.kept {
          following += 1
          if following <= ReloadReport.lines { tellPolicy(of: changed) }
        }
        guard changed.differs else { continue }
        if changed.turns { turning += 1 } else { differing += 1 }
        if changed.turns ? turning <= ReloadReport.lines : differing <= ReloadReport.lines { tell(changed) }
      }
      lookedAt += page.lookedAt
      cursor = page.cursor
    } while cursor != nil
    var metadata: Logger.Metadata = ["waiting": "\(lookedAt)", "turning": "\(turning)", "other_verdict": "\(differing)"]
    if following > 0 { metadata["other_policy"] = "\(following)" }
    log.notice("waiting changes were held against the new configuration", metadata: metadata)
  }

  /// By which policy a change goes on, where the configuration names another for it than before.
  private func tellPolicy(of changed: ChangedVerdict) {
    let change = "\(changed.key)"
    if let kept = changed.after.kept {
      log.warning(
        "a waiting change keeps the policy it had",
        metadata: ["change": "\(change)", "policy": "\(changed.after.policy)", "because": "\(terminalSafe(kept))"])
      return
    }
    log.notice(
      changed.before.policy == changed.after.policy
        ? "a waiting change follows what its service names again" : "a waiting change follows another policy now",
      metadata: [
        "change": "\(change)", "policy_before": "\(changed.before.policy)", "policy": "\(changed.after.policy)",
        "digest_before": "\(former.policyDigests[changed.before.policy] ?? "none")",
        "digest": "\(current.policyDigests[changed.after.policy] ?? "none")",
      ])
  }

  private func tell(_ changed: ChangedVerdict) {
    let (from, to) =
      changed.turns
      ? (changed.before.gate.rawValue, changed.after.gate.rawValue)
      : (changed.before.verdict?.rawValue ?? "none", changed.after.verdict?.rawValue ?? "none")
    if changed.after.verdict == nil, !changed.turns {
      // Nobody can decide it until then.
      log.warning(
        "the new configuration has lost what a waiting change is decided by; put its policy and workflow back, or cancel the deployment in GitLab",
        metadata: ["change": "\(changed.key)", "because": "\(terminalSafe(changed.because))"])
      return
    }
    log.notice(
      changed.turns ? "the new configuration turns a waiting change" : "the new configuration says something else of a waiting change",
      metadata: ["change": "\(changed.key)", "from": "\(from)", "to": "\(to)", "because": "\(terminalSafe(changed.because))"])
  }
}
