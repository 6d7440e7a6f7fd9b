import ChangeControl
import TestSupport

@testable import Configuration

/// What must be so whatever stands in the file. Run by the fuzzer on texts of its making, and by tests on those that it kept and on others.
enum ConfigurationCheck {
  /// What of it is not so; nil if all is well. No file is touched: one that names a file is read without its secrets.
  static func violation(_ input: [UInt8]) -> String? {
    let unread = reading(input, environment: nil)
    if let violation = violation(unread, of: input, isWhole: false) { return violation }
    guard input.firstRange(ofText: "file") == nil else { return nil }
    let whole = reading(input, environment: exampleEnvironment)
    if let violation = violation(whole, of: input, isWhole: true) { return violation }
    // Secrets can only add problems.
    guard case .failure(let fewer) = unread, fewer.problems.count < 100 else { return nil }
    guard case .failure(let more) = whole, Set(more.problems).isSuperset(of: fewer.problems) else { return "\(fewer) is said no more" }
    return nil
  }

  static func reading(_ input: [UInt8], environment: [String: String]?) -> Result<Configuration, ConfigurationError> {
    Result { () throws(ConfigurationError) in try Configuration.parse(input, file: "g.yaml", environment: environment) }
  }

  /// `isWhole`: with its secrets.
  static func violation(_ reading: Result<Configuration, ConfigurationError>, of input: [UInt8], isWhole: Bool) -> String? {
    switch reading {
    case .success(let configuration): fault(configuration, isWhole: isWhole)
    case .failure(let error): fault(error, String(decoding: input, as: UTF8.self))
    }
  }

  // MARK: What is refused

  /// Whatever is wrong is said once, with its place, in one line, and without a secret.
  private static func fault(_ error: ConfigurationError, _ text: String) -> String? {
    guard !error.problems.isEmpty else { return "it is refused without a word" }
    guard Set(error.problems).count == error.problems.count else { return "said twice: \(error)" }
    // libyaml also ends a line at CR, NEL and the Unicode separators; one more for the place behind the last.
    let lines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 2
    let secrets = exampleEnvironment.values.filter { !text.contains($0) }
    return error.problems.first { !isSaid($0, lines: lines) || secrets.contains(where: $0.message.contains) }.map {
      "no sentence with a place: \($0)"
    }
  }

  private static func isSaid(_ problem: ConfigurationError.Problem, lines: Int) -> Bool {
    let isWholeFile = problem.message.hasPrefix("the file is empty") || problem.message.hasPrefix("there are more")
    let hasPlace = (1...lines).contains(problem.line ?? 0) && (problem.column ?? 0) >= 1
    return (isWholeFile || hasPlace)
      && problem.message.contains(where: \.isLetter) && problem.message.utf8.count < 2_000
      && !problem.description.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
  }

  // MARK: What is accepted

  /// Nothing in it has to be doubted again.
  private static func fault(_ configuration: Configuration, isWhole: Bool) -> String? {
    let plan = configuration.plan
    guard plan.instances.map(\.name) == configuration.gitlab.map(\.name) else { return "the instances differ" }
    guard configuration.gitlab.allSatisfy({ $0.url.hasPrefix("http") && !$0.url.hasSuffix("/") }) else { return "an address of a GitLab" }
    guard configuration.gitlab.allSatisfy({ $0.token.reveal().isEmpty != isWhole }) else { return "a token that is not as it was read" }
    guard Set(plan.services.map(\.id)).count == plan.services.count else { return "a service twice" }
    for service in plan.services where !holds(service, in: plan) { return "the service \(service)" }
    for workflow in plan.workflows.values where !workflow.flaws().isEmpty { return "the workflow \(workflow)" }
    for policy in plan.policies.values where !holds(policy, in: plan) { return "the policy \(policy)" }
    return nil
  }

  private static func holds(_ service: Service, in plan: ControlPlan) -> Bool {
    plan.policies[service.policy] != nil && plan.instance(named: service.instance) != nil && plan.workflows[service.workflow] != nil
      && !service.projects.isEmpty && !(service.gatedTiers.isEmpty && service.gatedEnvironments.isEmpty)
  }

  private static func isLargeEnough(_ group: Group, for rule: ApprovalRule) -> Bool {
    guard case .listed(let members) = group else { return true }
    return rule.requiredApprovals <= members.count
  }

  private static func holds(_ policy: Policy, in plan: ControlPlan) -> Bool {
    !policy.approvalRules.isEmpty && Set(policy.freezeWindows.map(\.name)).count == policy.freezeWindows.count
      && policy.freezeWindows.allSatisfy(\.schedule.everEnds)
      && [policy.breakGlass?.group, policy.freezeOverride].allSatisfy { $0.map { plan.groups[$0] != nil } ?? true }
      && policy.approvalRules.allSatisfy { rule in
        switch rule.approver {
        case .user(let name): !name.isEmpty && rule.requiredApprovals == 1
        case .group(let name): rule.requiredApprovals >= 1 && plan.groups[name].map { isLargeEnough($0, for: rule) } ?? false
        case .gitLabGroup, .accessLevel: rule.requiredApprovals >= 1
        }
      }
  }
}
