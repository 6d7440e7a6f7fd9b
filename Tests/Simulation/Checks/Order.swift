import GitLabSimulator
import HTTPMessages
import JSON

/// In what order the gate lets deployments to one environment go, where the policy wants no older version to come back: each approval or start arrives
/// at GitLab whenever the network likes, so a newer one may not be on its way beside an older one's, nor an older one's after it.
struct Order {
  private struct Sent {
    var environment: Int64
    var deployment: Int64
    var incarnation: Int
  }

  /// What nobody has heard an answer to, by the number of the request.
  private var underWay: [Int: Sent] = [:]
  /// The deployments of each environment that were let go.
  private var letGo: [Int64: [Int64]] = [:]

  mutating func objection(toSending request: Request, _ number: Int, to gitLab: GitLabInstance, _ life: Life) -> String? {
    // By a clock that jumps an attempt has run out before its time. What a dead process has sent nobody can wait for.
    guard life.options.rulebook.supersedes, life.options.clockJumps == 0, let deployment = Order.deployment(letGoBy: request, in: gitLab)
    else { return nil }
    let sent = Sent(environment: deployment.environmentID, deployment: deployment.id, incarnation: life.node.incarnation)
    let beside = underWay.values.filter {
      $0.environment == sent.environment && $0.deployment < sent.deployment && $0.incarnation == sent.incarnation
    }
    underWay[number] = sent
    if let older = beside.map(\.deployment).max() {
      return "deployment \(sent.deployment) is let go while deployment \(older) to the same environment is on its way"
    }
    let newer = letGo[sent.environment, default: []].first { $0 > sent.deployment && Order.bringsItsVersion($0, in: gitLab) }
    letGo[sent.environment, default: []].append(sent.deployment)
    return newer.map { "deployment \(sent.deployment) is let go after deployment \($0), which is newer" }
  }

  /// One that came to nothing before it ran brings no version that an older one would replace.
  static func bringsItsVersion(_ id: Int64, in gitLab: GitLabInstance) -> Bool {
    guard let deployment = gitLab.world.deployments.find(id) else { return false }
    let hasEnded = [.canceled, .skipped, .failed].contains(deployment.status)
    return !hasEnded || gitLab.world.jobs.find(deployment.jobID)?.startedAt != nil
  }

  mutating func answered(_ number: Int) { underWay[number] = nil }

  /// Nil where the request lets nothing go.
  static func deployment(letGoBy request: Request, in gitLab: GitLabInstance) -> World.Deployment? {
    let parts = (request.head.path ?? "").split(separator: "/")
    guard request.head.method == .post, parts.count >= 2, let id = Int64(parts[parts.count - 2]) else { return nil }
    switch parts.last {
    case "play": return gitLab.world.deployments.all.last { $0.jobID == id }
    case "approval":
      let isYes = (try? JSONValue.parse(request.body))?["status"]?.string == "approved"
      return isYes ? gitLab.world.deployments.find(id) : nil
    default: return nil
    }
  }
}
