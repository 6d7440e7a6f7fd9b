package import JSON

/// The body of one delivery, for the translator, and for what is kept on disk.
package struct WebhookBody: Sendable {
  package let bytes: [UInt8]
  /// What a translator asks for. The rest is JSON too, but no value was made of it.
  let facts: JSONValue

  /// Throws if the bytes are not JSON; the only thing a sender is told to mend.
  package init(_ bytes: [UInt8]) throws(JSONError) {
    self.bytes = bytes
    facts = try JSONValue.parse(bytes, only: WebhookTranslator.members)
  }
}
