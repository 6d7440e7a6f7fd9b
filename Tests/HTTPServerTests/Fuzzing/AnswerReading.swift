/// What a client hears, read to the letter (RFC 9112 §4 and §6): whether it is a row of well-formed responses and nothing else.
struct AnswerReading {
  struct Answer: Equatable {
    var status: Int
    var content: [UInt8]
  }

  /// The final responses.
  private(set) var answers: [Answer] = []
  /// Where the output is no response; nil where it is all as it should be.
  private(set) var fault: String?
  private var rest: ArraySlice<UInt8>

  /// `methods`: of the requests that were taken up, in order. The last response may be a refusal of one more, of which nobody knows whether
  /// it was to be a HEAD: it may have its content or none.
  init(_ output: [UInt8], methods: [String]) {
    rest = output[...]
    while !rest.isEmpty, fault == nil { fault = next(methods) }
  }

  private mutating func next(_ methods: [String]) -> String? {
    guard let status = status() else { return "no status line" }
    var lengths: [Int?] = []
    while true {
      guard let line = line() else { return "a head without an end" }
      if line.isEmpty { break }
      let name = line.prefix { $0 != ":" }
      guard line.dropFirst(name.count).hasPrefix(": "), name.allSatisfy({ $0.isLetter || $0 == "-" }) else { return "no field: \(line)" }
      if name.lowercased() == "content-length" { lengths.append(Int(line.dropFirst(name.count + 2))) }
    }
    if status < 200 { return lengths.isEmpty ? nil : "an interim response with content" }
    guard lengths.count == 1, let length = lengths[0], length >= 0 else { return "lengths: \(lengths)" }
    let isWithout = answers.count < methods.count ? methods[answers.count] == "HEAD" : rest.isEmpty
    let content = rest.prefix(isWithout ? 0 : length)
    guard isWithout || content.count == length else { return "a content of \(content.count) bytes in place of \(length)" }
    rest = rest.dropFirst(content.count)
    answers.append(Answer(status: status, content: Array(content)))
    return nil
  }

  private mutating func status() -> Int? {
    guard let line = line(), line.hasPrefix("HTTP/1.1 "), line.dropFirst(12).hasPrefix(" ") else { return nil }
    return Int(line.dropFirst(9).prefix(3)).flatMap { (100...599).contains($0) ? $0 : nil }
  }

  /// Up to CR LF; of printable ASCII, which is all that these answers need.
  private mutating func line() -> String? {
    let line = rest.prefix { (0x20..<0x7F).contains($0) }
    rest = rest[line.endIndex...]
    guard rest.starts(with: [0x0D, 0x0A]) else { return nil }
    rest = rest.dropFirst(2)
    return String(decoding: line, as: UTF8.self)
  }
}
