import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Storage

extension House {
  /// The hooks that GitLab has sent or tried to send, in that order, with what they were answered.
  var sentHooks: [(delivery: World.HookDelivery, answer: Answer)] {
    gitlab.with { $0.deliveries.entries }.compactMap { record in
      guard let delivery = record.delivery, case .sent(let answer) = record.outcome else { return nil }
      return (delivery, answer)
    }
  }

  /// Waits until GitLab has sent a Deployment Hook with this status, and this text in it, and returns its request.
  func sentHook(_ status: String, saying text: String = "") async throws -> Request {
    try await eventually("a '\(status)' hook to be sent") { () -> Sighting<Request> in
      let hooks = self.sentHooks.map(\.delivery.request)
      let found = hooks.first { hook in
        (try? JSONValue.parse(hook.body))?["status"]?.string == status && (text.isEmpty || hook.body.contain(text))
      }
      return found.map(Sighting.found) ?? .notYet("\(hooks.count) hooks")
    }
  }

  /// A `blocked` hook that GitLab meant to send and nobody has received yet.
  func hookNotDelivered() async throws -> Request {
    gitlab.with { _ = $0.addHook(url: "http://127.0.0.1:1/webhooks/gitlab", token: HouseSettings.webhookToken, events: [.deployment]) }
    deploy()
    return try await sentHook("blocked")
  }

  /// Sends a hook's request to this house, as it is or changed, and returns what it is answered.
  func deliver(_ hook: Request, changing change: (inout Request) -> Void = { _ in }) async throws -> Got {
    var request = hook
    request.head.authority = String(url.dropFirst("http://".count))
    change(&request)
    let response = try await client.send(request).get()
    note(response)
    return Got(response: response)
  }

  func deliveryCount() throws -> Int64 { try read { try $0.deliveryCount() } }
}

extension Request {
  mutating func set(_ name: String, _ value: String?) {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
    head.headerFields[name] = value
  }

  /// Puts one text in another's place in the body.
  mutating func rewrite(_ old: String, _ new: String) {
    let text = String(decoding: body, as: UTF8.self)
    precondition(text.contains(old), "the body has no \(old)")
    body = Array(text.replacing(old, with: new).utf8)
  }
}

extension Got {
  /// What a delivery was taken for: recorded, duplicate or ignored.
  var result: String? { json?["result"]?.string }
}
