import ChangeControl
import GitLab
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Web

/// The GitLab that a house speaks to.
final class Neighbour {
  /// acme/payments/checkout, whose production and staging are protected. Our account maintains the project and the group above it.
  var world = World.demo(now: House.start, accountLevel: .maintainer)

  init() { world.memberships.append(World.Membership(.group(3), userID: Demo.accountID, level: .maintainer)) }

  /// What was sent, `GET projects/30` and so on, the oldest first.
  var sent: [String] {
    world.requests.entries.map { received in
      let path = (received.request.head.path ?? "").replacing("/api/v4/", with: "")
      return "\(received.request.head.method) \(path.prefix { $0 != "?" })"
    }
  }

  /// What was sent that is there to change something.
  var writes: [String] { sent.filter { !$0.hasPrefix("GET ") } }

  func protection(_ name: String, project: Int64 = Demo.projectID) -> World.ProtectedEnvironment? {
    world.protections.all.first { $0.source == .project(project) && $0.name == name }
  }
}

extension House {
  /// Takes the steps of an errand, as the rim does with threads and tasks.
  func carryOut(_ errand: Errand, requestID: String) throws -> Response {
    let api = GitLabAPI(
      instance: errand.instance, address: try GitLabAddress("https://gitlab.example.com"), token: Demo.token, requestID: requestID)
    var step = errand.first
    while true {
      switch step {
      case .answer(let response): return response
      case .read(let body): step = try connection.reading(at: now, body)
      case .write(let body), .record(let body): step = try connection.transaction(at: now, body)
      case .ask(let conversation), .act(let conversation): step = try hold(conversation(api))
      }
    }
  }

  private func hold<Talk: Conversation>(_ conversation: Talk) throws -> Talk.Outcome {
    var conversation = conversation
    var move = conversation.start()
    while true {
      switch move {
      case .end(let outcome): return outcome
      case .send(let request):
        let event = whileGitLabIsAsked
        whileGitLabIsAsked = nil
        try event?(self)
        move = conversation.hear(neighbour.world.respond(to: request, at: now).answer)
      }
    }
  }
}

extension Response {
  /// What an answer in GitLab's shape says.
  var gitLabMessage: String {
    guard let message = json["message"] else { return "" }
    return message.string ?? (message.array ?? []).compactMap(\.string).joined(separator: "\n")
  }
}
