package import JSON

/// The body of one delivery, parsed once: for the translator, and for what is kept on disk.
package struct WebhookBody: Sendable {
  package let bytes: [UInt8]
  package let value: JSONValue

  /// Throws if the bytes are not JSON; the only thing a sender is told to mend.
  package init(_ bytes: [UInt8]) throws(JSONError) {
    self.bytes = bytes
    value = try JSONValue.parse(bytes)
  }
}
