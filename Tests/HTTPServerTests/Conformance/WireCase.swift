import HTTPTypes

@testable import HTTPServer

/// What came of an input: the requests that a handler would have seen, and the fault that ended it.
struct Outcome: Equatable, CustomStringConvertible {
  var requests: [String]
  var fault: RequestFault?
  /// The status of the answer to the fault.
  var status: Int?

  /// `METHOD path body` for each request; a body only if there is one.
  static func requests(_ requests: String...) -> Outcome { Outcome(requests: requests) }
  static func refused(_ status: Int, _ fault: RequestFault) -> Outcome { Outcome(requests: [], fault: fault, status: status) }
  /// A fault after requests that were answered.
  static func refused(_ status: Int, _ fault: RequestFault, after requests: String...) -> Outcome {
    Outcome(requests: requests, fault: fault, status: status)
  }

  var description: String { "\(requests) \(fault.map { "refused: \(status ?? 0) \($0)" } ?? "")" }

  init(requests: [String], fault: RequestFault? = nil, status: Int? = nil) {
    self.requests = requests
    self.fault = fault
    self.status = status
  }

  init(_ play: Play) {
    requests = play.requests.map { request in
      let line = "\(request.head.method.rawValue) \(request.head.path ?? "-")"
      return request.body.isEmpty ? line : line + " " + String(decoding: request.body, as: UTF8.self)
    }
    fault = play.refusals.first
    status = fault == nil ? nil : play.statuses.last
  }
}

/// An input and the verdict on it.
struct WireCase: ConformanceCase {
  var name: String
  var input: [UInt8]
  var expected: Outcome

  init(_ name: String, _ input: String, _ expected: Outcome) {
    self.init(name, bytes: Array(input.utf8), expected)
  }

  init(_ name: String, bytes: [UInt8], _ expected: Outcome) {
    self.name = name
    self.input = bytes
    self.expected = expected
  }

  /// Cuts of the input with which something else than expected came out.
  var violations: [String] {
    Cut.all(of: [input]).compactMap { cut in
      let play = Play()
      for piece in cut.stages.joined() { play.receive(piece) }
      let outcome = Outcome(play)
      guard outcome == expected else { return "\(cut.name): \(outcome)" }
      return play.misconduct.map { "\(cut.name): \($0)" }
    }
  }
}

/// A way in which what a client sends may arrive. Stages are sent one after the other, each when the server has fallen silent.
struct Cut {
  var name: String
  var stages: [[ArraySlice<UInt8>]]

  /// The whole stages, one byte at a time, and each stage in two pieces parted at each place (at 400 places of a long one).
  static func all(of stages: [[UInt8]]) -> [Cut] {
    var cuts = [
      Cut(name: "whole", stages: stages.map { [$0[...]] }),
      Cut(name: "byte by byte", stages: stages.map { stage in stage.indices.map { stage[$0...$0] } }),
    ]
    let longest = stages.map(\.count).max() ?? 0
    for place in stride(from: 1, to: longest, by: max(1, longest / 400)) {
      cuts.append(
        Cut(name: "cut at \(place)", stages: stages.map { $0.count > place ? [$0[..<place], $0[place...]] : [$0[...]] }))
    }
    return cuts
  }
}
