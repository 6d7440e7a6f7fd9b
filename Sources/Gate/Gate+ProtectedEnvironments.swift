package import ChangeControl
package import JSON
package import Storage

/// What somebody asked for about a protected environment, as the audit log tells it.
package struct ProtectedEnvironmentRequest: Sendable {
  package var instance: String
  /// `project` or `group`, and which.
  package var level: String
  package var place: JSONValue
  package var name: String
  /// `protect`, `update` or `unprotect`.
  package var verb: String
  /// What GitLab is sent.
  package var body: JSONValue
  /// How it stood; null where it was not protected.
  package var before: JSONValue
  /// As the client named it, for people: it may name several so.
  package var requestID: String
  /// The audit entry that tells that it was asked for, once there is one.
  package var entry: Int64?
  /// It was found open by a process that came after, and read back then.
  package var isSettledLater = false

  package init(
    instance: String, level: String, place: JSONValue, name: String, verb: String, body: JSONValue, before: JSONValue, requestID: String
  ) {
    self.instance = instance
    self.level = level
    self.place = place
    self.name = name
    self.verb = verb
    self.body = body
    self.before = before
    self.requestID = requestID
  }

  /// Of an entry that tells what was asked for; nil for one of another form.
  package init?(_ entry: AuditEntry) {
    let detail = (try? JSONValue.parse(entry.detail)) ?? .null
    let levels = ["project", "group"]
    guard let instance = detail["instance"]?.string, let level = levels.first(where: { detail[$0] != nil }), let place = detail[level],
      let name = detail["name"]?.string, let verb = detail["verb"]?.string, let requestID = detail["request_id"]?.string
    else { return nil }
    self.init(
      instance: instance, level: level, place: place, name: name, verb: verb, body: detail["request"] ?? [:],
      before: detail["before"] ?? .null, requestID: requestID)
    self.entry = entry.seq
  }

  fileprivate func detail(_ more: [(name: String, value: JSONValue)]) -> JSONValue {
    .object(
      JSONObject(
        members: [
          ("instance", .string(instance)), (level, place), ("name", .string(name)), ("verb", .string(verb)), ("before", before),
          ("request_id", .string(requestID)),
        ] + (entry.map { [("answers", .integer($0))] } ?? []) + (isSettledLater ? [("settled_later", true)] : []) + more))
  }
}

extension Gate {
  /// Before anything is sent: should the process die on the way, or GitLab's answer be lost, it stands that it was asked for.
  ///
  /// - Returns: the same, with its entry: what comes of it names that.
  package func protectedEnvironmentRequested(
    _ request: ProtectedEnvironmentRequest, by actor: Actor, in transaction: Transaction
  ) throws -> ProtectedEnvironmentRequest {
    try transaction.audit(.protectedEnvironmentRequested, actor: actor.user, detail: request.detail([("request", request.body)]))
    var asked = request
    asked.entry = try transaction.auditHead().seq
    return asked
  }

  /// It stands in GitLab.
  ///
  /// - Parameters:
  ///   - after: how it was read back; null once unprotected.
  ///   - deviations: what stands otherwise than it was asked for.
  package func protectedEnvironmentChanged(
    _ request: ProtectedEnvironmentRequest, as action: AuditAction, after: JSONValue, deviations: [String], by actor: Actor,
    in transaction: Transaction
  ) throws {
    try transaction.noteContact(instance: request.instance)
    try transaction.audit(
      action, actor: actor.user,
      detail: request.detail([("after", after), ("dropped", .array(deviations.map(JSONValue.string)))]))
  }

  /// Nothing was done, or nobody knows (`isSettled`).
  ///
  /// - Parameter pause: GitLab asked for quiet.
  package func protectedEnvironmentRefused(
    _ request: ProtectedEnvironmentRequest, isSettled: Bool, status: Int, reason: String, pause: Duration?, by actor: Actor,
    in transaction: Transaction
  ) throws {
    if let pause { try noteTrouble(instance: request.instance, reason: reason, pause: pause, in: transaction) }
    try transaction.audit(
      isSettled ? .protectedEnvironmentRefused : .protectedEnvironmentUnsettled, actor: actor.user,
      detail: request.detail([("status", .integer(Int64(status))), ("reason", .string(reason))]))
  }
}
