import GitLabSimulator
import HTTPMessages
import HTTPTypes

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

  /// What befalls the request, whatever GitLab makes of it.
  var happening: Happening? {
    switch self {
    // Whether GitLab did anything, or was too slow, shows later.
    case .arrives, .answerLost, .slow, .spoiled(.resetAfterEffect): nil
    case .refused: .refused
    case .lostOnTheWay: .requestLost
    case .late: .late
    case .spoiled(.answer(status: 401...403, headers: _, body: _)): .unauthorized
    case .spoiled(.answer(status: 404, headers: _, body: _)): .denied
    case .spoiled(.answer(status: 429, headers: _, body: _)): .rateLimited
    case .spoiled(.answer(status: 500..., headers: _, body: _)): .serverError
    case .spoiled: .unreadable
    }
  }

  /// What has befallen once GitLab has heard the request; `hasActed` if it had an effect there.
  func happening(hasActed: Bool) -> Happening? {
    switch self {
    case .answerLost: hasActed ? .answerLost : .readingLost
    case .spoiled(.resetAfterEffect): hasActed ? .reset : .readingLost
    default: nil
    }
  }
}

extension Request {
  /// A webhook as nobody should send it.
  func malformed(by chance: Chance) -> Request {
    var request = self
    switch chance.below(4) {
    case 0: request.body = Array(request.body.prefix(chance.below(request.body.count + 1)))
    case 1: request.body[chance.below(request.body.count)] = UInt8(truncatingIfNeeded: chance.bits())
    case 2: request.head.headerFields[.gitLabToken] = "somebody-elses"
    default: request.body += Array("}".utf8)
    }
    return request
  }
}
