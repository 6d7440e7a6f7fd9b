import ChangeControl
import HTTPMessages
import HTTPTypes

@testable import GitLab

/// Holds a conversation with whatever `answer` says, and notes what was sent.
struct Rehearsal<Talk: Conversation> {
  var sent: [String] = []
  var requests: [Request] = []
  var outcome: Talk.Outcome?
  /// As it has ended.
  private(set) var conversation: Talk

  init(_ conversation: Talk, answer: (Request, Int) -> Answer) {
    self.conversation = conversation
    var conversation = conversation
    defer { self.conversation = conversation }
    var move = conversation.start()
    for exchange in 0..<1_000 {
      switch move {
      case .end(let outcome):
        self.outcome = outcome
        return
      case .send(let request):
        requests.append(request)
        sent.append("\(request.head.method) \(request.head.path?.replacing("/api/v4", with: "") ?? "")")
        move = conversation.hear(answer(request, exchange))
      }
    }
  }

  /// Answers in the order given; when they run out, nothing is heard.
  init(_ conversation: Talk, _ answers: [Answer]) {
    self.init(conversation) { _, exchange in
      exchange < answers.count ? answers[exchange] : .failure(TransportFailure(effect: .none, reason: "the script has ended"))
    }
  }
}

/// An outcome without its facts and words: what kind it is.
enum Kind: String, Sendable {
  case done, outOfBand, overtaken, waiting, gone, retry, refused, impossible, located, told, untouched

  init(_ outcome: CallbackOutcome) {
    self =
      switch outcome {
      case .done: .done
      case .outOfBand: .outOfBand
      case .overtaken: .overtaken
      case .waiting: .waiting
      case .gone: .gone
      case .retry: .retry
      case .refused: .refused
      case .impossible: .impossible
      case .located: .located
      case .told: .told
      case .untouched: .untouched
      }
  }
}

extension CallbackOutcome {
  var kind: Kind { Kind(self) }

  var reason: String? {
    switch self {
    case .waiting(_, let reason), .gone(let reason), .retry(let reason, _), .refused(let reason), .impossible(let reason): reason
    case .done, .outOfBand, .overtaken, .untouched, .located, .told: nil
    }
  }
}
