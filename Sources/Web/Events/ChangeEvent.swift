internal import ChangeControl
internal import Gate
internal import JSON
package import Storage

/// Something that happened to a change request, as it goes over the wire as a server-sent event (WHATWG HTML §9.2). Its id is the `seq` of its
/// entry in the audit log: what a client has missed can be told again however often the server was restarted.
package struct ChangeEvent: Sendable {
  package var id: Int64
  /// The change request's row.
  package var change: Int64
  package var bytes: [UInt8]

  enum Name: String {
    case opened, changed, decided, delivered

    init(_ action: String) {
      switch AuditAction(rawValue: action) {
      case .changeOpened: self = .opened
      case .gateTurned: self = .decided
      case .callbackDelivered: self = .delivered
      default: self = .changed
      }
    }
  }
}

/// Consecutive events.
package struct ChangeEvents: Sendable {
  package var events: [ChangeEvent]
  /// Up to which entry of the audit log this is all there is. Beyond the last event's id where entries speak of no change, or of another.
  package var through: Int64
  /// Whether more may follow at once.
  package var isPage: Bool
  /// Ids of tokens that were revoked before their time: who listens with one of them hears none of this.
  package var revokedTokens: Set<String>
}

extension Application {
  /// What happened after the entry `seq`, to one change or to all, oldest first, from at most `limit` entries. The state told with an event is
  /// that of this view, which may be newer than the event.
  package func events(after seq: Int64, of change: Int64? = nil, limit: Int, in reading: Reading) throws -> ChangeEvents {
    var filter = AuditFilter()
    filter.change = change
    let entries = try reading.auditEntries(filter, after: seq, limit: limit)
    let isPage = entries.count == limit
    let events = try entries.compactMap { entry -> ChangeEvent? in
      guard let id = entry.change, let record = try reading.change(id: id) else { return nil }
      let name = ChangeEvent.Name(entry.action)
      let data = entry.eventJSON(name, of: record, in: settings.gate).text
      return ChangeEvent(id: entry.seq, change: id, bytes: Array("id: \(entry.seq)\nevent: \(name.rawValue)\ndata: \(data)\n\n".utf8))
    }
    // Less than a page is all there is.
    let end = try isPage ? entries.last?.seq : reading.auditHead().seq
    return ChangeEvents(events: events, through: end ?? seq, isPage: isPage, revokedTokens: try Set(reading.revokedTokens()))
  }
}

extension AuditEntry {
  fileprivate func eventJSON(_ name: ChangeEvent.Name, of record: ChangeRecord, in gate: Gate) -> JSONValue {
    [
      "id": .integer(seq), "event": .string(name.rawValue), "at": .string(at.iso8601), "actor": .string(actor), "action": .string(action),
      "detail": (try? JSONValue.parse(detail)) ?? .null, "change": .string(record.change.key),
      "url": .string(gate.address(of: record.change)),
      "status": .string(record.change.status), "gate": .string(record.change.gate.rawValue), "revision": .integer(record.change.revision),
      "service": .string(record.change.service), "project": .optional(record.deployment.projectPath),
      "environment": .string(record.deployment.environment),
    ]
  }
}
