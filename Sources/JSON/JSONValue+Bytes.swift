extension JSONValue {
  /// The value as one line of UTF-8 JSON, members in their own order.
  package var bytes: [UInt8] { written(sorted: false, capacity: 2_048) }

  /// The same value always gives the same bytes: members sorted by name (by their UTF-8 bytes), no white space. What a hash is taken over.
  package var canonicalBytes: [UInt8] { written(sorted: true, capacity: 256) }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }

  private func written(sorted: Bool, capacity: Int) -> [UInt8] {
    var json = JSONWriter(capacity: capacity)
    json.append(self, sorted: sorted)
    return json.bytes
  }
}
