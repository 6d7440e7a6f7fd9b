import GitLabSimulator

/// What becomes of one exchange with GitLab.
enum Fate {
  case arrives
  case refused
  case lostOnTheWay
  case answerLost
  case slow
  /// GitLab takes its time, and answers.
  case late
  case spoiled(Fault.Action)

  var happening: Happening? {
    switch self {
    case .arrives: nil
    case .refused: .refused
    case .lostOnTheWay: .requestLost
    case .answerLost: .answerLost
    case .slow: .slow
    case .late: .late
    case .spoiled(.answer(status: 401...404, headers: _, body: _)): .unauthorized
    case .spoiled(.answer(status: 429, headers: _, body: _)): .rateLimited
    case .spoiled(.answer(status: 500..., headers: _, body: _)): .serverError
    case .spoiled(.resetAfterEffect): .reset
    case .spoiled: .unreadable
    }
  }
}
