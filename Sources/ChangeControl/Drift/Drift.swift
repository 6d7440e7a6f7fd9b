package import Calendar

/// What is kept of a footing from one look to the next.
package struct KnownFooting: Sendable, Hashable {
  package var subject: Footing.Subject
  package var place: String
  package var state: [String: Int64]
  package var trouble: String?
  /// How it was before it drifted; nil where it has not.
  package var baseline: [String: Int64]?
  /// The drift that stands, and since when.
  package var standing: Standing?

  /// Of a membership: GitLab shows the project to none of our tokens.
  package static let hidden: [String: Int64] = ["level": 0, "hidden": 1]
  /// Of a membership: the project is where no service means it.
  package static let moved: [String: Int64] = ["level": 0, "moved": 1]
  /// Whether it is a project that was looked at once and is not any more, though the configuration means it.
  package var isMissing: Bool { subject.check == .membership && (state == Self.hidden || state == Self.moved) }

  package struct Standing: Sendable, Hashable {
    package var id: Int64
    package var since: Instant

    package init(id: Int64, since: Instant) {
      self.id = id
      self.since = since
    }
  }

  package init(
    subject: Footing.Subject, place: String, state: [String: Int64], trouble: String?, baseline: [String: Int64]? = nil,
    standing: Standing? = nil
  ) {
    self.subject = subject
    self.place = place
    self.state = state
    self.trouble = trouble
    self.baseline = baseline
    self.standing = standing
  }
}

/// Something that a gate stands on has changed in GitLab, or is again as it was, or is looked at no more.
package struct Drift: Sendable, Hashable {
  package enum Turn: String, Sendable, Hashable, CaseIterable {
    case detected, resolved
    /// The configuration, or an environment's tier, has left it: what was wrong may stand still, and nobody looks any more.
    case unwatched
  }

  package var turn: Turn
  package var subject: Footing.Subject
  package var place: String
  /// One sentence, for people.
  package var seen: String
  /// Nil where it was not known before.
  package var before: [String: Int64]?
  /// Nil where it is not there any more.
  package var after: [String: Int64]?
  /// Whether something is wrong from now on, until it is mended. What is only another than before is told once.
  package var stands: Bool
  /// When what has ended began.
  package var since: Instant?
}

/// What comes of comparing one footing with what was known of it.
package struct FootingComparison: Sendable, Hashable {
  /// Nil: forget it. Its `standing` is that of before; what is told now may give it another.
  package var known: KnownFooting?
  package var drift: Drift?
}

extension KnownFooting {
  /// Holds what a look has found against what was known. What was found twice is told once, and what could not be read is no drift.
  package static func compare(_ known: KnownFooting?, with found: Footing) -> FootingComparison {
    guard let known else {
      // What it was before nobody knows. What is certainly wrong with it is told all the same: a new environment may be without protection.
      let isTold = found.isCertain && found.subject.check.isToldAtFirst
      let drift = isTold ? found.trouble.map { found.detected($0, before: nil, stands: true) } : nil
      return FootingComparison(known: KnownFooting(found), drift: drift)
    }
    var next = KnownFooting(found)
    (next.baseline, next.standing) = (known.baseline, known.standing)
    if !found.isCertain, Set(known.state.keys).isSubset(of: found.state.keys) {
      (next.state, next.trouble) = (known.state, known.trouble)
      return FootingComparison(known: next)
    }
    if known.state == found.state, (known.trouble == nil) == (found.trouble == nil) {
      // Wrong since the first look, when it was not certain: it was never told. Or told and then not looked at for a while: who heard that it is not
      // looked at any more hears that it still stands.
      let isToldNow = found.subject.check.isToldAtFirst || known.baseline != nil
      let isTold = found.isCertain && isToldNow && known.standing == nil
      let drift = isTold ? found.trouble.map { found.detected($0, before: nil, stands: true) } : nil
      return FootingComparison(known: next, drift: drift)
    }
    if let trouble = found.trouble {
      next.baseline = known.baseline ?? known.state
      return FootingComparison(known: next, drift: found.detected(trouble, before: known.state, stands: true))
    }
    if known.trouble != nil {
      next.baseline = nil
      return FootingComparison(known: next, drift: known.resolved(as: found))
    }
    guard found.subject.check.tellsEveryChange else { return FootingComparison(known: next) }
    let words = found.words(for: known.state)
    if found.state == known.baseline {
      next.baseline = nil
      let drift = Drift(
        turn: .resolved, subject: found.subject, place: found.place, seen: "\(found.place) is as it was before: \(words)",
        before: known.state, after: found.state, stands: false, since: nil)
      return FootingComparison(known: next, drift: drift)
    }
    next.baseline = known.baseline ?? known.state
    return FootingComparison(
      known: next, drift: found.detected("\(found.place): \(words)", before: known.state, stands: false))
  }

  /// It without what stands: how it was is not forgotten where nobody looks for a while.
  private var unwatched: KnownFooting {
    var next = self
    next.standing = nil
    return next
  }

  /// A look has nothing more of it. A membership that was missing stays known: of a project that GitLab does not show the account nothing else tells, once
  /// it is under change control again, that it was shown before. So does what is not told at first: else its end would be told by nobody.
  package func ended(_ ending: FootingLook.Ending) -> FootingComparison {
    var next: KnownFooting?
    if ending == .unwatched, subject.check == .membership ? trouble != nil : !subject.check.isToldAtFirst { next = unwatched }
    let how =
      switch ending {
      case .gone: "is not there any more, or stopped"
      case .released: "is gated again or gone, or nothing there waits for our account any more, as far as is known"
      case .unwatched: "is looked at no more, and was not seen mended"
      }
    return FootingComparison(known: next, drift: end(as: ending == .unwatched ? .unwatched : .resolved, how))
  }

  /// Its project has left change control by what somebody did in GitLab: what was known of it goes with that, and what was wrong may stand still. Of one that
  /// was moved what is not told at first stays known: it may come back.
  package func ended(_ departure: FootingLook.Departure) -> FootingComparison {
    switch departure {
    case .deleted: FootingComparison(known: nil, drift: end(as: .resolved, "is deleted, or marked for deletion, with its project"))
    case .moved(let path):
      FootingComparison(
        known: subject.check.isToldAtFirst ? nil : unwatched,
        drift: end(as: .unwatched, "is looked at no more: its project is \(path) now, which no service covers"))
    }
  }

  /// A person has said that it is not to be looked for any more.
  package func forgotten(because reason: String) -> FootingComparison {
    FootingComparison(known: nil, drift: end(as: .unwatched, "is looked for no longer (\(reason))"))
  }

  /// Nothing where nothing stood.
  private func end(as turn: Drift.Turn, _ how: String) -> Drift? {
    standing.map {
      Drift(
        turn: turn, subject: subject, place: place, seen: "\(place) \(how); what was wrong: \(trouble ?? "unknown")", before: state,
        after: nil,
        stands: false, since: $0.since)
    }
  }

  private init(_ found: Footing) {
    self.init(subject: found.subject, place: found.place, state: found.state, trouble: found.trouble)
  }

  /// Nothing where what was wrong had never been told.
  private func resolved(as found: Footing) -> Drift? {
    standing.map {
      Drift(
        turn: .resolved, subject: subject, place: found.place,
        seen: "\(found.place) is right again; what was wrong: \(trouble ?? "unknown")",
        before: state, after: found.state, stands: false, since: $0.since)
    }
  }
}

extension Footing {
  fileprivate func detected(_ seen: String, before: [String: Int64]?, stands: Bool) -> Drift {
    Drift(turn: .detected, subject: subject, place: place, seen: seen, before: before, after: state, stands: stands, since: nil)
  }

  /// What is another than before, in words.
  fileprivate func words(for before: [String: Int64]) -> String {
    let names = Set(before.keys).union(state.keys).filter { before[$0] != state[$0] }.sorted()
    let more = names.count - Self.namedDifferences
    let words = names.prefix(Self.namedDifferences).map { name in
      switch (subject.check, before[name], state[name]) {
      case (.selfApproval, _, let now): "whoever triggers a pipeline may \(now == 1 ? "now" : "no longer") approve its deployment"
      case (.membership, let then, let now): "our account's level went from \(then ?? 0) to \(now ?? 0)"
      case (_, nil, let now): "\(name) approves there too, \(now ?? 0) required"
      case (_, let then, nil): "\(name) approves there no longer, \(then ?? 0) had been required"
      case (_, let then, let now): "required approvals of \(name) went from \(then ?? 0) to \(now ?? 0)"
      }
    }
    return (words + (more > 0 ? ["and \(more) more"] : [])).joined(separator: "; ")
  }

  /// Of more nobody reads each; `before` and `after` have them all.
  private static let namedDifferences = 5
}
