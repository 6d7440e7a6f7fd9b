internal import HTTPTypes

/// `field-name ":" OWS field-value OWS` (RFC 9112 §5), in heads and trailers.
enum FieldLine {
  /// Where name and value are in `line`; the value without the white space around it.
  static func split(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(RequestFault) -> (name: Range<Int>, value: Range<Int>) {
    // RFC 9112 §2.2 and §5.2: a continuation, or white space before the first field. Both were used to hide fields.
    guard !Octet.isBlank(bytes[line.lowerBound]) else { throw .foldedField }
    var colon = line.lowerBound
    while colon < line.upperBound, Octet.isToken(bytes[colon]) { colon += 1 }
    // A space before the colon is no part of a token and ends here (RFC 9112 §5.1).
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else { throw .malformedField }
    let value = bytes.trimmed(colon + 1..<line.upperBound)
    guard bytes.allSatisfy(value, Octet.isFieldValue) else { throw .malformedField }
    return (line.lowerBound..<colon, value)
  }

  /// The field as a value, its name in the case in which it came.
  static func field(_ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>) throws(RequestFault) -> HTTPField {
    guard let name = HTTPField.Name(bytes.text(name)) else { throw .malformedField }
    // Nearly always; as bytes HTTPTypes would look whether they are a text.
    if bytes.allSatisfy(value, { $0 < 0x80 }) { return HTTPField(name: name, value: bytes.text(value)) }
    return bytes.withUnsafeBufferPointer { HTTPField(name: name, value: UnsafeBufferPointer(rebasing: $0[value])) }
  }
}
