internal import ChangeControl
package import JSON
package import Storage

extension AuditEntry {
  /// An entry as the API shows it and `audit export` writes it: with everything that its hash is taken over.
  package var json: JSONValue {
    [
      "seq": .integer(seq), "at": .string(at.iso8601), "actor": .string(actor), "action": .string(action),
      "change": .optional(change.map(ChangeRequest.key)), "detail": (try? JSONValue.parse(detail)) ?? .null,
      "previous_hash": .string(previousHash), "hash": .string(hash),
    ]
  }
}
