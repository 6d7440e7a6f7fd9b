import Testing

/// What RFC 9110 and RFC 9112 ask of the listener, as data: section, rule, cases. Whoever wants to know why a case is as it is reads the
/// section it stands under.
enum ConformanceTable {
  static let rules =
    requestLines + targets + fields + hosts + contentLengths + transferEncodings + chunks + chunkExtras + connections + expectations
    + responses + streams + bodies + sockets

  static let wire = rows(\.wire)
  static let exchanges = rows(\.exchanges)
  static let overSockets = rows(\.sockets)

  private static func rows<Case: ConformanceCase>(_ cases: (Rule) -> [Case]) -> [Row<Case>] {
    rules.flatMap { rule in cases(rule).map { Row(section: rule.section, rule: rule.text, value: $0) } }
  }
}

/// One rule of a section and what follows from it. Most cases need no more than a verdict on the input; an exchange looks at the answers
/// too; only where the kernel takes part is there a socket.
struct Rule: Sendable {
  var section: Section
  var text: String
  var wire: [WireCase] = []
  var exchanges: [ExchangeCase] = []
  var sockets: [SocketCase] = []

  init(_ section: Section, _ text: String, _ wire: [WireCase]) {
    self.section = section
    self.text = text
    self.wire = wire
  }

  init(_ section: Section, _ text: String, exchanges: [ExchangeCase]) {
    self.section = section
    self.text = text
    self.exchanges = exchanges
  }

  init(_ section: Section, _ text: String, sockets: [SocketCase]) {
    self.section = section
    self.text = text
    self.sockets = sockets
  }

  var caseNames: [String] { wire.map(\.name) + exchanges.map(\.name) + sockets.map(\.name) }
}

protocol ConformanceCase: Sendable {
  var name: String { get }
}

/// A case with the section and the rule that it stands under.
struct Row<Case: ConformanceCase>: Sendable, CustomTestStringConvertible {
  var section: Section
  var rule: String
  var value: Case

  var testDescription: String { "\(section.rawValue): \(rule): \(value.name)" }
}
