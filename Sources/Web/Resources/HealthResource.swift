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
    .answer(
      .json { json in
        json.object { json in
          json.member("status", "ok")
          json.member("version", settings.version)
        }
      })
  }

  /// Ready is who can store a webhook: the database takes a real write, and has this program's schema. A GitLab that does not answer is told
  /// and never makes it fail: its hooks must still arrive.
  private static func tellReady(_ call: Call, settings: WebSettings) -> Work {
    .prove { transaction in
      let pending = try Migrator.pending(transaction.connection)
      guard pending.isEmpty else {
        return .json(status: .serviceUnavailable, fields: [.retryAfter: String(Limits.retryAfterSeconds)]) { json in
          write("unavailable", pending: pending.map(\.name), to: &json) { _ in }
        }
      }
      try transaction.proveWritable()
      return try .json { json in
        try write("ok", pending: [], to: &json) { json in
          try json.array("gitlab") { json in
            for instance in settings.gate.plan.instances { try writeContact(instance.name, in: transaction, to: &json) }
          }
        }
      }
    }
  }

  private static func write(
    _ status: String, pending: [String], to json: inout JSONWriter, more: (inout JSONWriter) throws -> Void
  ) rethrows {
    try json.object { json in
      json.member("status", status)
      json.object("database") { json in
        json.member("writable", true)
        json.member("pending_migrations", pending)
      }
      try more(&json)
    }
  }

  private static func writeContact(_ name: String, in reading: Reading, to json: inout JSONWriter) throws {
    let known = try reading.instance(named: name)
    json.object { json in
      json.member("name", name)
      json.member("last_contact_at", known?.lastContactAt?.iso8601)
      json.member("reconciled_at", known?.reconciledAt?.iso8601)
      json.member("failing", known?.lastError != nil)
    }
  }
}
