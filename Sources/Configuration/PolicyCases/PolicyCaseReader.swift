internal import Calendar
internal import ChangeControl

/// Reads the golden cases of a file: `cases: [{name, change, approvals, at, expect}]`. What a case leaves out has a default that is always the
/// same, so that it comes out the same on every day.
struct PolicyCaseReader {
  let plan: ControlPlan
  let report: Report
  /// Reads names and times as they are read there.
  let configuration: ConfigurationReader

  init(plan: ControlPlan, report: Report) {
    self.plan = plan
    self.report = report
    configuration = ConfigurationReader(report: report, environment: nil)
  }

  /// When a case happens that does not say: a Wednesday at noon, when hardly anything is frozen.
  static let usualTime = Instant(milliseconds: 1_767_787_200_000)
  /// Who triggers the deployment of a case that does not say: somebody no policy names.
  static let usualRequester = "somebody"

  func read(_ root: YAMLNode) -> [PolicyCase] {
    guard !isConfiguration(root) else {
      report.problem(
        "this looks like a configuration; give it as `--config FILE`, and as FILE here a file of cases, such as config/policy-tests.yaml")
      return []
    }
    guard let file = Section(root, "the file of cases", .policyCases, report) else { return [] }
    let zone = configuration.zone(file)
    guard let node = file.required("cases", "a list of {name, change, approvals, at, expect}"),
      let items = report.items(node, "cases", of: "cases")
    else { return [] }
    if items.isEmpty { report.problem("`cases` is empty, so nothing would be tested; write a case", at: node.position) }
    // A zone that is wrong hides nothing else that is.
    return items.compactMap { read(case: $0, in: zone ?? .utc) }
  }

  /// The two files are easily taken for each other.
  private func isConfiguration(_ root: YAMLNode) -> Bool {
    guard case .mapping(let entries) = root.content else { return false }
    let keys = Set(entries.map(\.key))
    return !keys.contains("cases") && !keys.isDisjoint(with: Vocabulary.file.known)
  }

  private func read(case node: YAMLNode, in zone: TimeZone) -> PolicyCase? {
    guard let section = Section(node, "a case", .policyCase, report) else { return nil }
    let name = section.required("name", "what it shows, in words").flatMap { report.text($0, "name") }
    let at = section.node("at").map { configuration.instant($0, "at", in: zone) } ?? PolicyCaseReader.usualTime
    let change = section.section("change", .supposedChange)
    let approvals = section.items("approvals", of: "approvals, such as [{user: alice}]") ?? []
    let supposed = supposedChange(change, at: section.position, time: at ?? PolicyCaseReader.usualTime, in: zone)
    let expected = section.required("expect", "what must come of it, such as {gate: allowed}").flatMap {
      expectation($0, in: supposed?.workflow)
    }
    guard let at, let supposed else { return nil }
    var golden = PolicyCase(
      name: name ?? "", line: section.position.line, change: supposed.change, workflow: supposed.workflow, facts: supposed.facts,
      expected: expected ?? .init())
    golden.notes = supposed.notes
    golden.facts.approvals = approvals.compactMap { approval($0, of: golden, in: zone) }
    // GitLab has told who they are: what a case cannot say is not to hold it.
    for (index, approval) in golden.facts.approvals.enumerated() {
      let user = approval.user.lowercased()
      golden.facts.subject.people[user] = KnownPerson(
        username: user, id: Int64(index) + 1, name: nil, emails: plan.emails[user] ?? [], readAt: at)
    }
    return name == nil || expected == nil ? nil : golden
  }

  private func approval(_ node: YAMLNode, of golden: PolicyCase, in zone: TimeZone) -> Approval? {
    guard let section = Section(node, "an approval", .supposedApproval, report) else { return nil }
    let user = section.required("user", "a GitLab username").flatMap { configuration.username($0, "user") }
    let status = section.choice("status", SupposedStatus.self) ?? .approved
    let step = section.node("step").flatMap { review($0, "step", in: golden.workflow) }
    let effectiveAt = section.node("effective_at").flatMap { configuration.instant($0, "effective_at", in: zone) }
    guard let user else { return nil }
    return Approval(
      user: user, status: status == .approved ? .approved : .rejected, comment: nil, representedAs: section.text("represented_as"),
      createdAt: golden.facts.now, step: step ?? golden.facts.openStep ?? golden.change.status, effectiveAt: effectiveAt)
  }

  private enum SupposedStatus: String, CaseIterable { case approved, rejected }

  /// A status of the workflow that is an approval step.
  func review(_ node: YAMLNode, _ key: String, in workflow: Workflow) -> String? {
    word(node, key, among: workflow.reviews, "an approval step of workflow \(shown(workflow.name))")
  }

  /// A text that must be one of some names.
  func word(_ node: YAMLNode, _ key: String, among names: [String], _ what: String) -> String? {
    guard let text = report.text(node, key) else { return nil }
    if names.contains(text) { return text }
    let guess = nearest(to: text, among: names).map { "did you mean `\($0)`?" } ?? "there are: \(list(names.sorted()))"
    report.problem("`\(key)`: \(shown(text)) is not \(what); \(guess)", at: node.position)
    return nil
  }

  // MARK: What is expected

  /// - Parameter workflow: nil where the case has none that could be read: then its statuses are not known.
  private func expectation(_ node: YAMLNode, in workflow: Workflow?) -> PolicyCase.Expectation? {
    guard let section = Section(node, "`expect`", .expectation, report) else { return nil }
    if case .mapping(let entries) = node.content, entries.isEmpty {
      report.problem("`expect` names nothing, so the case could not fail; name \(list(Vocabulary.expectation.known))", at: node.position)
      return nil
    }
    var expected = PolicyCase.Expectation()
    expected.gate = section.choice("gate", Gate.self).flatMap { GateState(rawValue: $0.rawValue) }
    if let node = section.node("status"), let workflow {
      // One that is misspelt would fail for a reason that is none of the policy's.
      let what = "a status of workflow \(shown(workflow.name))"
      expected.status = word(node, "status", among: workflow.statuses.map(\.name), what)
    }
    expected.verdict = section.choice("verdict", Verdict.self).flatMap { Evaluation.Verdict(rawValue: $0.rawValue) }
    expected.waitingFor = section.node("waiting_for").flatMap { waiting($0) }
    if section.has("counted") {
      expected.counted = (section.items("counted", of: "GitLab usernames") ?? []).compactMap { configuration.username($0, "counted") }
    }
    return expected
  }

  private enum Gate: String, CaseIterable { case awaiting, allowed, prevented }
  private enum Verdict: String, CaseIterable { case allowed, waiting, rejected, expired }

  private func waiting(_ node: YAMLNode) -> PolicyCase.Expectation.Waiting? {
    if case .sequence(let items) = node.content { return .exactly(items.compactMap { report.text($0, "waiting_for") }) }
    if case .scalar = node.content { return report.text(node, "waiting_for").map { .mentions($0) } }
    return report.wrong(node, "waiting_for", "a text that one of the sentences has in it, or the list of all of them")
  }
}
