import ChangeControl
import Configuration
import GitLab
import HTTPMessages

/// Whether GitLab tells who may approve: a group that was renamed, or that the service account cannot see, keeps every gate shut that needs it.
extension Doctor {
  /// The lists that an instance's services stand on. Of projects' members only their own deployments know which.
  func sources(of instance: String, in plan: ControlPlan) -> [MembershipSource] {
    let policies = Set(plan.services.filter { $0.instance == instance }.map(\.policy))
    let sources = policies.compactMap { plan.policies[$0] }.reduce(into: Set<MembershipSource>()) { sources, policy in
      sources.formUnion(policy.sources(in: Directory(groups: plan.groups)))
    }
    return sources.filter { if case .project = $0 { false } else { true } }.sorted { $0.text < $1.text }
  }

  func examineMembers(_ sources: [MembershipSource], name: String, api: GitLabAPI, over transport: any Transport) async -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    for source in sources {
      let check = "\(name) \(source.text)"
      switch await MembersConversation(api: api, source: source).converse(over: transport) {
      case .told(.members(let members)) where members.isEmpty:
        findings.append(.warn(check, "there are none", "nobody can approve for it: add people in GitLab, or name others in the rule"))
      case .told(.members(let members)): findings.append(.ok(check, "\(members.count)"))
      case .retry(let reason, _), .refused(let reason), .impossible(let reason), .gone(let reason):
        findings.append(.fail(check, reason, "until GitLab tells them, every change that needs them waits"))
      case .told, .done, .outOfBand, .overtaken, .waiting, .untouched, .located: continue
      }
    }
    return findings
  }
}
