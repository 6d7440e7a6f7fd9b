import HTTPMessages
import JSON
import Testing

@testable import GitLab

/// What is said of something that was begun, where GitLab does not show it: that it is not there only where it would be shown.
@Suite struct SetupLookTests {
  private static let shop = SetupPlace.project(id: 30, path: "acme/shop")
  private static let hidden = Answer.message(404, "404 Project Not Found")
  private static let missing = Answer.message(404, "404 Not found")

  private static func look(_ kind: SetupChange.Kind, _ answers: [Answer]) throws -> (SetupOutcome?, sent: [String]) {
    let trace = SetupTrace(SetupChange(kind, in: shop, name: "production"), account: 97)
    let rehearsal = Rehearsal(SetupActConversation(api: try .sample(), lookingFor: trace), answers)
    return (rehearsal.outcome, rehearsal.sent)
  }

  @Test(
    "a 404 of the place is no absence of what is in it",
    arguments: [SetupChange.Kind.membership, .protection, .hook, .adminToken])
  func hidden(_ kind: SetupChange.Kind) throws {
    for answers in [[Self.hidden, Self.hidden], [.message(403, "403 Forbidden")], [.message(401, "401 Unauthorized")]] {
      let (outcome, sent) = try Self.look(kind, answers)
      guard case .unknown(let words)? = outcome else {
        Issue.record("\(String(describing: outcome)) after \(sent)")
        continue
      }
      #expect(words.hasPrefix("40"))
    }
  }

  @Test("a 404 of the thing is one where what is beside it is shown") func absent() throws {
    for (kind, beside) in [(SetupChange.Kind.membership, Answer.json(200, ["id": 30])), (.protection, .json(200, []))] {
      guard case .absent? = try Self.look(kind, [Self.missing, beside]).0 else {
        Issue.record("\(kind)")
        continue
      }
    }
    for kind in [SetupChange.Kind.hook, .adminToken] {
      guard case .absent? = try Self.look(kind, [.json(200, [])]).0 else {
        Issue.record("\(kind)")
        continue
      }
    }
  }

  @Test("a GitLab that is away says neither") func away() throws {
    for answers in [[Answer.message(502, "Bad gateway")], [Self.missing, .message(502, "Bad gateway")]] {
      guard case .failed? = try Self.look(.protection, answers).0 else {
        Issue.record("it was settled")
        continue
      }
    }
  }
}
