package import HTTPMessages
package import HTTPTypes

/// The content of a response that is made piece by piece, as fast as the other end takes it: however long it is, and however slow the other
/// end, no more than a piece or two is held.
package protocol ContentSource: Sendable {
  /// The next piece, or nil when there is no more. Asked for again only once most of the piece before has gone out.
  ///
  /// May wait for as long as it likes; the task is cancelled when nobody is there any more. Throws when the content cannot be completed: then
  /// the connection is cut, so that the other end sees that something is missing (RFC 9112 §8).
  func next() async throws -> [UInt8]?
}

/// What a server answers a request with.
package enum Reply: Sendable {
  case whole(Response)
  /// The head goes out at once, the content as it is made.
  case streamed(HTTPResponse, any ContentSource)
}
