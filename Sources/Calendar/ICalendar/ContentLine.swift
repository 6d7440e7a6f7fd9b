/// One property of an iCalendar file (RFC 5545 §3.1): `DTSTART;VALUE=DATE:20261225`.
struct ContentLine {
  let number: Int
  /// In capitals, as its parameters' names: case does not count.
  let name: String
  private let parameters: [(name: String, value: String)]
  let value: String

  func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// The lines of a file, unfolded: one that begins with a space or a tab goes on with the line before. LF alone ends a line too.
  static func lines(of bytes: [UInt8]) throws(ICalendarFault) -> [ContentLine] {
    var unfolded: [(number: Int, bytes: [UInt8])] = []
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
        guard !unfolded.isEmpty else { throw ICalendarFault(1, "it begins with a space; an iCalendar file begins with BEGIN:VCALENDAR") }
        unfolded[unfolded.count - 1].bytes += line.dropFirst()
      } else if !line.isEmpty {
        unfolded.append((index + 1, Array(line)))
      }
    }
    var lines: [ContentLine] = []
    for (number, bytes) in unfolded { lines.append(try ContentLine(bytes, number)) }
    return lines
  }

  private init(_ bytes: [UInt8], _ number: Int) throws(ICalendarFault) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw ICalendarFault(number, "it is not UTF-8; save the file as UTF-8") }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw ICalendarFault(number, "there is a control character in it; take it out")
    }
    var reader = TextReader(bytes)
    guard let name = reader.propertyName() else { throw ICalendarFault(number, "it is not written as NAME:VALUE (RFC 5545 §3.1)") }
    var parameters: [(name: String, value: String)] = []
    while reader.take(";") {
      guard let parameter = reader.propertyName(), reader.take("="), let value = reader.parameterValue(),
        parameters.count < ContentLine.mostParameters, !parameters.contains(where: { $0.name == parameter })
      else {
        throw ICalendarFault(number, "a parameter of \(name) is not written as ;NAME=VALUE, each once (RFC 5545 §3.2)")
      }
      parameters.append((parameter, value))
    }
    guard reader.take(":") else { throw ICalendarFault(number, "there is no colon after \(name) (RFC 5545 §3.1)") }
    (self.number, self.name, self.parameters, value) = (number, name, parameters, String(decoding: reader.bytes, as: UTF8.self))
  }

  private static let mostParameters = 32
}

extension TextReader {
  fileprivate mutating func propertyName() -> String? {
    let name = prefix { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self).uppercased()
  }

  /// Anything between quotation marks, or anything but them, `;`, `:` and `,` without; of several the commas stay.
  fileprivate mutating func parameterValue() -> String? {
    var value: [UInt8] = []
    repeat {
      if !value.isEmpty { value.append(UInt8(ascii: ",")) }
      if take("\"") {
        value += prefix { $0 != UInt8(ascii: "\"") }
        guard take("\"") else { return nil }
      } else {
        value += prefix { !";:,\"".utf8.contains($0) }
      }
    } while take(",")
    return String(decoding: value, as: UTF8.self)
  }
}
