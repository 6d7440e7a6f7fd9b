internal import ChangeControl
internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// For those who keep the process alive and those who send it traffic. Asks for no token and tells no secret.
enum HealthResource {
  static let routes: [Route] = [
    Route(.get, "/healthz", .open(tellAlive)),
    Route(.get, "/readyz", .open(tellReady)),
  ]

  private static func tellAlive(_ call: Call, settings: WebSettings) -> Work {
    .answer(.json(["status": "ok", "version": .string(settings.version)]))
  }

  /// Ready is who can store a webhook: the database takes a real write, and has this program's schema. A GitLab that does not answer is told
  /// and never makes it fail: its hooks must still arrive.
  private static func tellReady(_ call: Call, settings: WebSettings) -> Work {
    .prove { transaction in
      let pending = try Migrator.pending(transaction.connection)
      guard pending.isEmpty else {
        return .json(
          [
            "status": "unavailable",
            "database": ["writable": true, "pending_migrations": .array(pending.map { .string($0.name) })],
          ], status: .serviceUnavailable, fields: [.retryAfter: String(Limits.retryAfterSeconds)])
      }
      try transaction.proveWritable()
      return .json([
        "status": "ok",
        "database": ["writable": true, "pending_migrations": []],
        "gitlab": .array(try settings.gate.plan.instances.map { try contact($0.name, in: transaction) }),
      ])
    }
  }

  private static func contact(_ name: String, in reading: Reading) throws -> JSONValue {
    let known = try reading.instance(named: name)
    return [
      "name": .string(name), "last_contact_at": .optional(known?.lastContactAt?.iso8601),
      "reconciled_at": .optional(known?.reconciledAt?.iso8601), "failing": .bool(known?.lastError != nil),
    ]
  }
}
