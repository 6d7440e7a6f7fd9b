import Testing

@testable import HTTPServer

/// What came of an input: the requests that a handler would have seen, and the fault that ended it.
struct Outcome: Equatable, CustomStringConvertible {
  var requests: [String]
  var fault: RequestFault?

  /// `METHOD path body` for each request; a body only if there is one.
  static func requests(_ requests: String...) -> Outcome { Outcome(requests: requests) }
  static func fault(_ fault: RequestFault) -> Outcome { Outcome(requests: [], fault: fault) }

  var description: String { "\(requests) \(fault.map { "refused: \($0)" } ?? "")" }

  init(requests: [String], fault: RequestFault? = nil) {
    self.requests = requests
    self.fault = fault
  }

  init(_ play: Play) {
    requests = play.requests.map { request in
      let line = "\(request.head.method.rawValue) \(request.head.path ?? "-")"
      return request.body.isEmpty ? line : line + " " + String(decoding: request.body, as: UTF8.self)
    }
    fault = play.refusals.first
  }
}

/// One rule of the wire and what follows from it.
struct WireCase: Sendable, CustomTestStringConvertible {
  var section: String
  var rule: String
  var input: [UInt8]
  var expected: Outcome
  var limits = Limits()

  init(_ section: String, _ rule: String, _ input: String, _ expected: Outcome, limits: Limits = Limits()) {
    self.init(section, rule, bytes: Array(input.utf8), expected, limits: limits)
  }

  init(_ section: String, _ rule: String, bytes: [UInt8], _ expected: Outcome, limits: Limits = Limits()) {
    self.section = section
    self.rule = rule
    self.input = bytes
    self.expected = expected
    self.limits = limits
  }

  var testDescription: String { "\(section): \(rule)" }

  /// Cuts of the input with which something else than expected came out: the whole input at once, one byte at a time, and in two pieces
  /// parted at each place (at 400 places of a long input).
  var violations: [String] {
    var cuts = [("whole", [input[...]]), ("byte by byte", input.indices.map { input[$0...$0] })]
    for place in stride(from: 1, to: input.count, by: max(1, input.count / 400)) {
      cuts.append(("cut at \(place)", [input[..<place], input[place...]]))
    }
    return cuts.compactMap { name, pieces in
      let play = Play(limits: limits)
      for piece in pieces { play.receive(piece) }
      let outcome = Outcome(play)
      return outcome == expected ? nil : "\(name): \(outcome)"
    }
  }
}
