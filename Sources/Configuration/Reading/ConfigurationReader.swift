internal import ChangeControl

/// Reads the tree of a file. Every part reads on when another is wrong, so that all of a file's problems are told together.
struct ConfigurationReader {
  let report: Report
  /// Nil when secrets are not to be read.
  let environment: [String: String]?
  /// For setup, which makes them.
  let allowsAbsentSecrets: Bool
  let zones: TimeZoneDirectory

  init(report: Report, environment: [String: String]?, allowsAbsentSecrets: Bool = false) {
    self.report = report
    self.environment = environment
    self.allowsAbsentSecrets = allowsAbsentSecrets
    zones = TimeZoneDirectory(environment: environment ?? [:])
  }

  /// Nil where something is missing that has no default; the report says what.
  func read(_ root: YAMLNode) -> Configuration? {
    guard let file = Section(root, "the configuration", .file, report) else { return nil }
    let server = server(file.section("server", .server))
    let database = file.section("database", .database)
    let path = database?.text("path") ?? "var/gatehouse.db"
    let deliveryRetention = database?.duration("delivery_retention", in: Limits.deliveryRetention) ?? .seconds(30 * 86_400)
    let log = log(file.section("log", .log))
    let instances = instances(file)
    let groups = groups(file)
    let emails = emails(file)
    let policies = policies(file, groups: groups)
    let workflows = workflows(file)
    let services = services(file, instances: instances.names, policies: policies.names, workflows: workflows.names)
    warnOfNothing(file, instances: instances, services: services)
    guard let server else { return nil }
    var plan = ControlPlan(
      publicURL: server.publicURL(listeningAt: server.listen), instances: instances.plans, services: services, groups: groups.members,
      policies: policies.rules, workflows: workflows.workflows, deliveryRetention: deliveryRetention)
    plan.emails = emails
    if report.isClean { warnOfReviews(services, plan, groups: groups, at: file.position) }
    return Configuration(
      server: server, database: .init(path: path), log: log, gitlab: instances.connections, plan: plan, warnings: report.warnings)
  }

  /// Not wrong, for GitLab holds what is protected there; but hardly meant.
  private func warnOfNothing(_ file: Section, instances: DeclaredInstances, services: [Service]) {
    guard report.isClean else { return }
    if instances.plans.isEmpty { report.warn("no GitLab is configured under `gitlab`, so nothing is watched; add one", at: file.position) }
    if services.isEmpty { report.warn("no service is configured under `services`, so no deployment is gated; add one", at: file.position) }
  }

  // MARK: log

  private func log(_ section: Section?) -> Configuration.Log {
    .init(
      level: section?.choice("level", Configuration.Log.Level.self) ?? .info,
      format: section?.choice("format", Configuration.Log.Format.self) ?? .auto)
  }

  /// An absolute http or https address. What is wrong with one is said without repeating it: it may carry a password.
  func address(_ node: YAMLNode, _ key: String) -> WebAddress? {
    guard let text = report.text(node, key) else { return nil }
    do throws(WebAddress.Fault) {
      return try WebAddress(text)
    } catch {
      report.problem("`\(key)` \(error.rawValue)", at: node.position)
      return nil
    }
  }
}
