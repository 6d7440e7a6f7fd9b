package import Calendar
internal import ChangeControl

/// What a survey of a GitLab means for the gate: a pure function of it, of what the configuration says, and of an instant. The doctor prints the
/// findings; whoever keeps those of yesterday can tell what has drifted.
package struct GateDiagnosis: Sendable {
  let survey: GateSurvey
  let expected: GateExpectation
  let now: Instant

  package init(_ survey: GateSurvey, expected: GateExpectation, at now: Instant) {
    var survey = survey
    let version = survey.version
    for index in survey.projects.indices {
      guard case .success(let own)? = survey.projects[index].own, own.lacksProtectedEnvironments(in: version) else { continue }
      // What is listed there after a licence has ended holds nothing.
      survey.projects[index].protections = .failure(.missing("it shows no setting of theirs"))
    }
    self.survey = survey
    self.expected = expected
    self.now = now
  }

  package var findings: [DoctorFinding] {
    guard !isAway else { return softwareFindings }
    let findings = softwareFindings + clockFindings + accountFindings + tokenFindings
    // Without an account each question would fail for the same reason.
    guard survey.account != nil else { return findings }
    return findings + projectFindings + memberFindings + environmentFindings + sightFindings + protectionFindings + ungatedFindings
      + webhookFindings
  }

  /// GitLab answers nothing; a proxy may keep its version back, and nothing else.
  var isAway: Bool {
    guard case .failure(let version) = survey.probe.software, case .failure(let account) = survey.probe.account else { return false }
    return !version.isRefusal && !account.isRefusal
  }

  /// `gitlab main token scope`.
  func name(_ check: String) -> String { "gitlab \(expected.instance) \(check)" }

  /// One finding where all is well; else one for each trouble, up to a bound.
  func summed(_ check: String, ok: String?, _ troubles: [DoctorFinding]) -> [DoctorFinding] {
    guard !troubles.isEmpty else { return ok.map { [.ok(name(check), $0)] } ?? [] }
    let sorted = troubles.filter { $0.status == .fail } + troubles.filter { $0.status != .fail }
    let shown = sorted.prefix(Limits.findingsOfOneName)
    guard shown.count < sorted.count else { return sorted }
    let rest = sorted.count - shown.count
    return shown + [.warn(name(check), "\(rest) more of this kind", "mend those above, then run `gatehouse check` again")]
  }

  /// `a, b, c and 4 more`.
  func some(_ places: [String]) -> String {
    let more = places.count - Limits.namedPlaces
    return places.prefix(Limits.namedPlaces).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  /// What makes most of it right at once.
  static let setup = "`gatehouse setup plan` shows what is missing, `gatehouse setup apply` makes it"
}

extension Obstacle {
  fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}
