internal import ChangeControl
internal import HTTPTypes
internal import Storage

/// `If-Match` (RFC 9110 §13.1.1): the caller acts only on what they have seen.
struct Precondition: Sendable {
  private let tags: EntityTags?

  /// A revision that no change has: stands for a tag that was never ours.
  private static let never: Int64 = 0

  init(_ fields: HTTPFields) throws(Fault) {
    let values = fields[values: .ifMatch]
    tags = EntityTags(values.joined(separator: ", "))
    if tags == nil, !values.isEmpty { throw .malformedIfMatch }
  }

  /// The revision to insist on; nil when the caller does not insist. Of several, the one that is current, if it is among them.
  func expectedRevision(of key: String, in reading: Reading) throws -> Int64? {
    guard case .list(let list) = tags else { return nil }
    let revisions = list.map { $0.revision ?? Precondition.never }
    guard revisions.count > 1 else { return revisions[0] }
    let current = try ChangeRequest.id(fromKey: key).flatMap { try reading.change(id: $0) }?.change.revision
    return revisions.first { $0 == current } ?? revisions[0]
  }

  /// Throws `Refusal` (409) when the change is not as the caller has seen it. An unknown change is for the command to refuse.
  func check(_ key: String, in reading: Reading) throws {
    guard let expected = try expectedRevision(of: key, in: reading),
      let change = try ChangeRequest.id(fromKey: key).flatMap({ try reading.change(id: $0) })?.change
    else { return }
    if change.revision != expected { throw Refusal.staleRevision(change) }
  }
}
