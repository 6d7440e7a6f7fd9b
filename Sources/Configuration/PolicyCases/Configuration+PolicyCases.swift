package import ChangeControl

extension Configuration {
  /// Reads the golden cases at `path`, which are about this configuration's policies.
  ///
  /// Throws all the problems of the file together.
  package func policyCases(path: String) throws(ConfigurationError) -> [PolicyCase] {
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try readFile(path, limit: Limits.fileBytes)
    } catch {
      throw ConfigurationError(problems: [.init(file: path, line: nil, column: nil, message: "\(error)")])
    }
    return try policyCases(bytes, file: path)
  }

  /// The same from a text; `file` is what messages call it.
  func policyCases(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> [PolicyCase] {
    let report = Report(file: file)
    let root = Configuration.compose(bytes, report, lacking: "begin with `cases: [{name: …, expect: {gate: awaiting}}]`")
    let cases = root.map { PolicyCaseReader(plan: plan, report: report).read($0) }
    guard let cases, report.isClean else { throw report.error() }
    return cases
  }
}

extension Vocabulary {
  static let policyCases = Vocabulary(known: ["timezone", "cases"])
  static let policyCase = Vocabulary(known: ["name", "change", "approvals", "at", "expect"])
  static let supposedChange = Vocabulary(known: [
    "service", "policy", "workflow", "project", "environment", "tier", "ref", "type", "requested_by", "risk", "impact", "reason",
    "implementation_plan", "rollback_plan", "planned_start", "planned_end", "opened_at", "status", "steps_passed", "files", "labels",
    "authors", "memberships", "access_levels", "freeze_overridden_by", "glass_broken_by",
  ])
  static let supposedApproval = Vocabulary(known: ["user", "status", "represented_as", "effective_at", "step"])
  static let expectation = Vocabulary(known: ["gate", "status", "verdict", "waiting_for", "counted"])
}
