internal import HTTPMessages
internal import HTTPTypes
internal import JSON

extension World {
  /// Queues an event for every hook of the project and of the groups above it that asks for such events.
  mutating func send(_ event: Hook.Event, project projectID: Int64, payload: JSONValue) {
    guard !instance.isSilent else { return }
    let groupIDs = Set(ancestry(of: projects[projectID].groupID).map(\.id))
    for hook in hooks.all where hook.events.contains(event) {
      switch hook.owner {
      case .project(let id): guard id == projectID else { continue }
      case .group(let id): guard groupIDs.contains(id) else { continue }
      }
      if let reason = reasonNotToSend(to: hook) {
        deliveries.append(DeliveryRecord(at: now, hookID: hook.id, event: event, delivery: nil, outcome: reason))
        continue
      }
      let eventID = cause ?? random.uuid()
      hooksOfCause[eventID, default: []].insert(hook.id)
      outbox.append(makeDelivery(hook, event, body: payload.bytes, idempotencyKey: random.uuid(), cause: eventID))
    }
  }

  private func reasonNotToSend(to hook: Hook) -> DeliveryRecord.Outcome? {
    if hook.isDisabledForGood { return .droppedWhileDisabled }
    if let until = hook.disabledUntil, now < until { return .droppedWhileDisabled }
    // Only a request that carries the id can close a circle (facts B).
    if let cause, hooksOfCause[cause]?.contains(hook.id) == true { return .suppressedAsRecursion }
    return nil
  }

  /// One request with GitLab's headers (facts A.1).
  mutating func makeDelivery(_ hook: Hook, _ event: Hook.Event, body: [UInt8], idempotencyKey: String, cause: String) -> HookDelivery {
    let target = HookTarget(hook.url)
    var fields = HTTPFields()
    fields[.contentType] = "application/json"
    fields[.userAgent] = "GitLab/" + instance.version.text
    if instance.has(.idempotencyKeys) { fields[.idempotencyKey] = idempotencyKey }
    fields[.gitLabEvent] = event.rawValue
    // GitLab's documentation calls it the webhook's; its code makes a fresh one for every request.
    fields[.gitLabWebhookUUID] = random.uuid()
    fields[.gitLabInstance] = instance.baseURL
    fields[.gitLabEventUUID] = cause
    if let token = hook.token { fields[.gitLabToken] = token }
    if instance.has(.signingTokens), let signingToken = hook.signingToken, let signer = HookSigner(token: signingToken) {
      let timestamp = String(now.milliseconds / 1_000)
      fields[.webhookID] = idempotencyKey
      fields[.webhookTimestamp] = timestamp
      fields[.webhookSignature] = signer.signature(id: idempotencyKey, timestamp: timestamp, body: body)
    }
    let head = HTTPRequest(method: .post, scheme: target.scheme, authority: target.authority, path: target.path, headerFields: fields)
    return HookDelivery(
      id: nextIDs.take(\.delivery), hookID: hook.id, event: event, idempotencyKey: idempotencyKey, request: Request(head: head, body: body))
  }
}

/// The three parts of a hook's URL.
private struct HookTarget {
  var scheme = "http"
  var authority = ""
  var path = "/"

  init(_ url: String) {
    guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return }
    scheme = String(url[..<colon])
    let rest = url[colon...].dropFirst(3)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    authority = String(rest[..<slash])
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
  }
}

extension HTTPField.Name {
  static let idempotencyKey = known("Idempotency-Key")
  static let gitLabEvent = known("X-Gitlab-Event")
  static let gitLabWebhookUUID = known("X-Gitlab-Webhook-UUID")
  static let gitLabInstance = known("X-Gitlab-Instance")
  static let gitLabEventUUID = known("X-Gitlab-Event-UUID")
  static let gitLabToken = known("X-Gitlab-Token")
  static let webhookID = known("webhook-id")
  static let webhookTimestamp = known("webhook-timestamp")
  static let webhookSignature = known("webhook-signature")
  static let privateToken = known("PRIVATE-TOKEN")
  static let requestID = known("X-Request-Id")

  static func known(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
    return name
  }
}
