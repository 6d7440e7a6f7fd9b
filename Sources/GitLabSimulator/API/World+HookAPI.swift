internal import Calendar
internal import HTTPMessages
internal import JSON

/// Webhooks of projects and groups (facts G). Secrets go in and never come out.
extension World {
  func listHooks(_ call: Call) throws(APIError) -> Response {
    let owner = try hookOwner(call)
    return try page(hooks.all.filter { $0.owner == owner }, call) { hookEntity($0) }
  }

  func showHook(_ call: Call) throws(APIError) -> Response { .json(hookEntity(try hook(call))) }

  mutating func createHook(_ call: Call) throws(APIError) -> Response {
    let owner = try hookOwner(call)
    let url = try hookURL(call)
    // GitLab's own default: pushes, and nothing else (facts G).
    var hook = Hook(id: nextIDs.take(\.row), owner: owner, url: url, events: [.push], createdAt: now)
    try change(&hook, call)
    hooks.insert(hook)
    return .json(hookEntity(hook), status: .created)
  }

  /// A new URL takes the secrets away, unless they are given again: who may change a hook could else read them elsewhere.
  mutating func updateHook(_ call: Call) throws(APIError) -> Response {
    var hook = try hook(call)
    let url = try hookURL(call)
    if url != hook.url {
      hook.url = url
      hook.token = nil
      hook.signingToken = nil
    }
    try change(&hook, call)
    hooks[hook.id] = hook
    return .json(hookEntity(hook))
  }

  mutating func deleteHook(_ call: Call) throws(APIError) -> Response {
    hooks.remove(try hook(call).id)
    return .noContent
  }

  func hook(_ call: Call) throws(APIError) -> Hook {
    let owner = try hookOwner(call)
    guard let hook = hooks.find(try call.id("hook_id")), hook.owner == owner else { throw .notFound }
    return hook
  }

  /// Maintainers of a project; owners of a group, with the plan.
  private func hookOwner(_ call: Call) throws(APIError) -> Source {
    if call.level == .group {
      let group = try group(call)
      guard has(.owner, onGroup: group.id, call.user) else { throw .forbidden }
      guard instance.isLicensed else { throw .unlicensed }
      return .group(group.id)
    }
    let project = try project(call)
    try require(.maintainer, project, call)
    return .project(project.id)
  }

  private func hookURL(_ call: Call) throws(APIError) -> String {
    guard let url = call.parameters.text("url") else { throw .parameter("url is missing") }
    guard url.hasPrefix("http://") || url.hasPrefix("https://"), !url.contains(" "), url.utf8.count > 8 else {
      throw .unprocessableParameter("Invalid url given")
    }
    if !instance.allowsLocalRequests, let host = url.split(separator: "/").dropFirst().first, World.isLocal(host) {
      throw .unprocessableParameter("Invalid url given")
    }
    return url
  }

  /// GitLab's own machine and private networks, as far as a text shows them (facts B, "Local network").
  private static func isLocal(_ authority: Substring) -> Bool {
    let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } : authority.prefix { $0 != ":" }
    return host == "localhost" || host == "[::1" || ["127.", "10.", "192.168.", "0.0.0.0"].contains { host.hasPrefix($0) }
  }

  private func change(_ hook: inout Hook, _ call: Call) throws(APIError) {
    for event in Hook.Event.allCases {
      guard let isWanted = try call.parameters.optionalFlag(event.flag) else { continue }
      if isWanted { hook.events.insert(event) } else { hook.events.remove(event) }
    }
    if let verifies = try call.parameters.optionalFlag("enable_ssl_verification") { hook.verifiesTLS = verifies }
    if let token = call.parameters.text("token") { hook.token = token.isEmpty ? nil : token }
    if instance.has(.hookNames) {
      if let name = call.parameters.text("name") { hook.name = name }
      if let description = call.parameters.text("description") { hook.description = description }
    }
    // Before 19.0 nobody knew the parameter, and what nobody knows is ignored.
    guard instance.has(.signingTokens), let signing = call.parameters.text("signing_token") else { return }
    guard signing.isEmpty || HookSigner(token: signing) != nil else {
      throw .badRequest("400 Bad request - Signing token must be whsec_ followed by 32 bytes in base64")
    }
    hook.signingToken = signing.isEmpty ? nil : signing
  }

  private func hookEntity(_ hook: Hook) -> JSONValue {
    var object: JSONObject = ["id": .integer(hook.id), "url": .string(hook.url)]
    if instance.has(.hookNames) {
      object.append("name", .optional(hook.name))
      object.append("description", .optional(hook.description))
    }
    switch hook.owner {
    case .project(let id): object.append("project_id", .integer(id))
    case .group(let id): object.append("group_id", .integer(id))
    }
    for event in Hook.Event.allCases { object.append(event.flag, .bool(hook.events.contains(event))) }
    object.append("enable_ssl_verification", .bool(hook.verifiesTLS))
    object.append("repository_update_events", false)
    let isPaused = hook.disabledUntil.map { now < $0 } ?? false
    object.append("alert_status", hook.isDisabledForGood ? "disabled" : isPaused ? "temporarily_disabled" : "executable")
    object.append("disabled_until", .optional(isPaused ? hook.disabledUntil?.iso8601 : nil))
    object.append("url_variables", [])
    object.append("created_at", .string(hook.createdAt.iso8601))
    object.append("custom_webhook_template", .null)
    object.append("custom_headers", [])
    if instance.has(.signingTokens) {
      object.append("token_present", .bool(hook.token != nil))
      object.append("signing_token_present", .bool(hook.signingToken != nil))
    }
    return .object(object)
  }

  // MARK: Events

  /// What was sent in the last seven days, the newest first.
  func listHookEvents(_ call: Call) throws(APIError) -> Response {
    let hook = try hook(call)
    let status = call.parameters.text("status")
    let rows = sentDeliveries(of: hook).filter { status == nil || World.isOf(status ?? "", $0.status) }
    return try page(rows.reversed(), call) { hookEventEntity($0, hook) }
  }

  /// A delivery that was sent, and what came of it; 0: no answer.
  struct SentDelivery {
    var delivery: HookDelivery
    var record: DeliveryRecord
    var response: Response?
    var status: Int { response?.status.code ?? 0 }
  }

  func sentDeliveries(of hook: Hook) -> [SentDelivery] {
    deliveries.entries.compactMap { record -> SentDelivery? in
      guard record.hookID == hook.id, let delivery = record.delivery, case .sent(let answer) = record.outcome,
        now - record.at <= Limits.hookEventLife
      else { return nil }
      return SentDelivery(delivery: delivery, record: record, response: try? answer.get())
    }
  }

  private static func isOf(_ category: String, _ status: Int) -> Bool {
    switch category {
    case "successful": (200..<300).contains(status)
    case "client_failure": (400..<500).contains(status)
    case "server_failure": (500..<600).contains(status)
    default: category == String(status)
    }
  }

  private func hookEventEntity(_ sent: SentDelivery, _ hook: Hook) -> JSONValue {
    func fields(_ all: [(String, String)]) -> JSONValue { .object(JSONObject(members: all.map { ($0.0, .string($0.1)) })) }
    let secret = ["x-gitlab-token", "webhook-signature"]
    let headers = sent.delivery.request.head.headerFields.map { field in
      (field.name.rawName, secret.contains(field.name.canonicalName) ? "[REDACTED]" : field.value)
    }
    return [
      "id": .integer(sent.delivery.id),
      "url": .string(hook.url),
      "trigger": .string(sent.delivery.event.trigger),
      "request_headers": fields(headers),
      "request_data": (try? JSONValue.parse(sent.delivery.request.body)) ?? .null,
      "response_headers": fields(sent.response?.head.headerFields.map { ($0.name.rawName, $0.value) } ?? []),
      "response_body": .string(String(decoding: sent.response?.body.prefix(8_192) ?? [], as: UTF8.self)),
      "execution_duration": .number(0.05),
      "response_status": .string(sent.response == nil ? "internal error" : String(sent.status)),
      "created_at": .string((sent.record.at + instance.clockOffset).iso8601),
    ]
  }
}
