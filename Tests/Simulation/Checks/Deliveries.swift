import GitLabSimulator
import JSON

/// Whether webhooks are told apart: what comes twice is taken in once, and nothing counts as known that was never sent before.
struct Deliveries {
  /// How often each key, and what each says, has reached the gate.
  private var sent: [String: Int] = [:]
  private var recorded: Set<String> = []

  mutating func reaches(_ delivery: World.HookDelivery) {
    for name in Deliveries.names(of: delivery) { sent[name, default: 0] += 1 }
  }

  /// What is wrong with an answer; nil if nothing is.
  mutating func objection(to result: String?, of delivery: World.HookDelivery) -> String? {
    switch result {
    case "recorded":
      if !recorded.insert(delivery.idempotencyKey).inserted { return "webhook \(delivery.id) came twice and was taken in twice" }
    case "duplicate":
      if Deliveries.names(of: delivery).allSatisfy({ sent[$0] == 1 }) {
        return "webhook \(delivery.id) counts as known, and nothing like it was ever sent"
      }
    default: break
    }
    return nil
  }

  /// Its key, and what it says of a deployment or a pipeline.
  private static func names(of delivery: World.HookDelivery) -> [String] {
    let body = (try? JSONValue.parse(delivery.request.body)) ?? .null
    let status = body["status"]?.string ?? body["object_attributes"]?["status"]?.string ?? ""
    let about = [body["deployment_id"], body["object_attributes"]?["id"], body["approval"]?["id"]].map { $0?.integer ?? 0 }
    return ["key \(delivery.idempotencyKey)", "\(delivery.event.rawValue) \(status) of \(about)"]
  }
}
