import ChangeControl
import Configuration

extension Demonstration {
  /// The policy and the workflow of a service in somebody's own configuration, to be tried on the demo's deployments.
  struct Rules: Sendable {
    private let plan: ControlPlan
    private let service: Service

    init(path: String) throws {
      do throws(ConfigurationError) {
        plan = try Configuration.load(path: path, environment: nil).plan
      } catch {
        throw Failure.usage("\(error)")
      }
      guard let service = plan.services.first else {
        throw Failure.usage("\(terminalSafe(path)) has no service, and the demo plays by the first one's policy; add one under `services`")
      }
      self.service = service
    }

    var text: String { "policy \(service.policy) and workflow \(service.workflow) of service \(service.id)" }

    /// Where a change's story is over.
    var lastStatuses: [String] { plan.workflows[service.workflow]?.statuses.filter { $0.category == .done }.map(\.name) ?? [] }

    /// Whom the policy names, as far as the configuration lists them, each with a role in which nothing but the policy is in their way; and an
    /// operator whom it does not name.
    var people: [(String, Role)] {
      guard let policy = plan.policies[service.policy] else { return [] }
      func members(_ group: String?) -> [String] {
        if let group, case .listed(let members) = plan.groups[group] { members } else { [] }
      }
      let approvers = policy.approvalRules.flatMap { rule -> [String] in
        switch rule.approver {
        case .user(let user): [user]
        case .group(let group): members(group)
        case .gitLabGroup, .accessLevel: []
        }
      }
      let named = approvers + members(policy.freezeOverride) + members(policy.breakGlass?.group) + ["olga"]
      return Set(named.map { $0.lowercased() }).sorted().map { ($0, .operator) }
    }

    /// The demo's GitLab has one project with a production, whatever the service gates.
    func replace(those of: inout ControlPlan) {
      var service = service
      service.instance = of.instances[0].name
      (service.projects, service.gatedTiers, service.gatedEnvironments) = (of.services[0].projects, of.services[0].gatedTiers, [])
      of.services = [service]
      (of.groups, of.emails, of.policies, of.workflows) = (plan.groups, plan.emails, plan.policies, plan.workflows)
    }
  }
}
