package import HTTPTypes
package import Storage

/// A response that may be long: made on a reader, a piece at a time, so that it costs the memory of one piece however long it is.
package struct StreamedResponse: Sendable {
  package var head: HTTPResponse
  package var content: Content

  package struct Content: Sendable {
    package var bytes: [UInt8]
    /// Makes what follows, on a view of its own. Nil when this is the end.
    package var next: (@Sendable (Reading) throws -> Content)?
  }
}

extension StreamedResponse {
  /// Each further piece is made only if `check` lets it: a token that is revoked ends what it began.
  func guarded(by check: @escaping @Sendable (Reading) throws -> Void) -> StreamedResponse {
    StreamedResponse(head: head, content: content.guarded(by: check))
  }
}

extension StreamedResponse.Content {
  /// `opening`, the elements with commas between them, `closing`.
  static func list<Element: Sendable>(
    _ opening: [UInt8], _ elements: ArraySlice<Element>, _ closing: [UInt8], in reading: Reading,
    write: @escaping @Sendable (Element, Reading) throws -> [UInt8]
  ) throws -> Self {
    var bytes = opening
    var rest = elements
    while let element = rest.popFirst() {
      bytes += try write(element, reading)
      guard !rest.isEmpty else { break }
      bytes.append(UInt8(ascii: ","))
      guard bytes.count < Limits.piece else {
        return Self(bytes: bytes) { [rest] reading in try list([], rest, closing, in: reading, write: write) }
      }
    }
    return Self(bytes: bytes + closing)
  }

  fileprivate func guarded(by check: @escaping @Sendable (Reading) throws -> Void) -> Self {
    guard let next else { return self }
    return Self(bytes: bytes) { reading in
      try check(reading)
      return try next(reading).guarded(by: check)
    }
  }
}
