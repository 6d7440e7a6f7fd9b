internal import ChangeControl
internal import Gate
internal import GitLab
internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// Where GitLab's webhooks arrive. The answer goes out after the delivery is on disk.
enum DeliveryResource {
  static let routes: [Route] = [
    Route(.post, "/webhooks/gitlab", content: .delivery, .open(receive)),
    Route(.post, "/webhooks/gitlab/{instance}", content: .delivery, .open(receive)),
  ]

  private static func receive(_ call: Call, settings: WebSettings) throws -> Work {
    // First of all: nothing reads a body before it is known to come from GitLab.
    let instance = try settings.sender(named: call.parameters.first, requestID: call.requestID) { (candidate) throws(WebhookFault) in
      try candidate.verifier.verify(call.request.head.headerFields, body: call.request.body, at: call.now)
    }
    let head = DeliveryHead(call.request.head.headerFields)
    // The doctor's own: it asks whether webhooks arrive, and there is nothing to write down.
    guard head.eventName != WebhookPing.eventName else { return .answer(result("ignored", reason: "it only asks whether webhooks arrive")) }
    let body: WebhookBody
    do { body = try WebhookBody(call.request.body) } catch { throw Fault.unreadable(error) }
    let event = WebhookTranslator(instance: instance.name).translate(body, eventName: head.eventName)
    // The body of what is nothing to a gate is not kept, so there is nothing to take out of it.
    var kept: [UInt8] = []
    if case .irrelevant = event {} else { kept = body.redacted(hiding: instance.secrets) }
    let delivery = Delivery(
      instance: instance.name, idempotencyKey: head.key, eventName: head.eventName ?? "", event: event, body: kept,
      requestID: call.requestID)
    return .write { [gate = call.gate] transaction in
      let receipt = try gate.receive(delivery, in: transaction)
      return result(receipt.result.rawValue, reason: receipt.reason)
    }
  }

  private static func result(_ result: String, reason: String?) -> Response {
    .json { json in
      json.object { json in
        json.member("result", result)
        json.member("reason", reason)
      }
    }
  }
}
