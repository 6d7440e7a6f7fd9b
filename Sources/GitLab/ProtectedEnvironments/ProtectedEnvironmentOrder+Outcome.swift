extension ProtectedEnvironmentOrder {
  /// Nobody knows what GitLab did; what it shows tells.
  ///
  /// - Parameters:
  ///   - before: as it stood; nil where it was not protected.
  ///   - refusal: what it was answered, or why there was no answer.
  ///   - mayCome: whether GitLab may be at it still.
  func outcome(
    readBack reading: Result<ProtectedEnvironment?, RelayedRefusal>, before: ProtectedEnvironment?, after refusal: RelayedRefusal,
    mayCome: Bool
  ) -> ProtectedEnvironmentOutcome {
    let nothing =
      mayCome
      ? ProtectedEnvironmentOutcome.unsettled(
        refusal.adding(
          "read back: it was not done by then, and GitLab may be at it still; look at it with GET in a minute, before you try again"))
      : .refused(refusal.adding("read back: nothing was done; try again"))
    switch (self, reading) {
    case (_, .failure(let later)):
      return .unsettled(
        refusal.adding(
          "whether it was done is not known, for it could not be read back either (\(later.reason)): look at it with GET before you try again"
        ))
    case (.unprotect, .success(let now)): return now == nil ? .done(after: nil, deviations: []) : nothing
    case (_, .success(nil)): return nothing
    case (.protect, .success(let now?)):
      return before == nil ? .done(after: now, deviations: deviations(before: nil, after: now)) : nothing
    case (.update, .success(let now?)):
      let deviations = deviations(before: before, after: now)
      let isUnchanged = before.map { now.record == $0.record } ?? false
      return isUnchanged && !deviations.isEmpty ? nothing : .done(after: now, deviations: deviations)
    }
  }

  /// What came of one whose answer nobody heard, by how it was read back later.
  package func outcome(
    readBack now: ProtectedEnvironment?, before: ProtectedEnvironment?, unheardBecause reason: String
  ) -> ProtectedEnvironmentOutcome {
    outcome(
      readBack: .success(now), before: before, after: RelayedRefusal(status: 504, message: "504 Gateway Timeout - \(reason)"),
      mayCome: false)
  }
}
