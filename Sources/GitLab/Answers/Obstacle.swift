package import ChangeControl

/// Why a question to GitLab got no answer that can be used. Each reason is one sentence or two and says what to do.
package enum Obstacle: Error, Sendable, Hashable {
  /// GitLab has no such thing any more.
  case gone(reason: String)
  /// Try again; not before `after` if GitLab said so.
  case retry(reason: String, after: Duration?)
  /// An administrator can mend it.
  case refused(reason: String)
  /// It can never succeed.
  case impossible(reason: String)

  package var reason: String {
    switch self {
    case .gone(let reason), .retry(let reason, _), .refused(let reason), .impossible(let reason): reason
    }
  }

  /// The same for a question that was not asked because of it.
  var notAskedAfter: Obstacle {
    let reason = "not asked for, since \(reason)"
    return switch self {
    case .gone: .gone(reason: reason)
    case .retry(_, let after): .retry(reason: reason, after: after)
    case .refused: .refused(reason: reason)
    case .impossible: .impossible(reason: reason)
    }
  }

  /// That one thing is gone says nothing of the rest.
  package var concernsInstance: Bool { if case .gone = self { false } else { true } }

  /// How long GitLab asked for quiet.
  package var pause: Duration? { if case .retry(_, let after) = self { after } else { nil } }

  package var outcome: CallbackOutcome {
    switch self {
    case .gone(let reason): .gone(reason: reason)
    case .retry(let reason, let after): .retry(reason: reason, after: after)
    case .refused(let reason): .refused(reason: reason)
    case .impossible(let reason): .impossible(reason: reason)
    }
  }
}
