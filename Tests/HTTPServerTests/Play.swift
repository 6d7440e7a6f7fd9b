import HTTPMessages
import HTTPTypes

@testable import HTTPServer

/// A connection played without a socket: pieces of input go into the state machine, and what it asks for is done at once.
final class Play {
  var machine: ConnectionMachine
  var moment: Moment
  var admission: @Sendable (HTTPRequest) -> Admission
  /// Nil leaves the request unanswered.
  var answer: @Sendable (Request) -> Response?

  /// What every answer's content is made of, if answers are streamed.
  var pieces: [String]?
  private var rest: ArraySlice<String> = []
  /// The pieces asked for and not yet supplied.
  private(set) var awaited: [Int] = []
  private(set) var requests: [Request] = []
  private(set) var refusals: [RequestFault] = []
  private(set) var output: [UInt8] = []
  private(set) var hasShutDownWrite = false
  private(set) var isClosed = false

  static let start = Moment.Instant.now

  init(
    limits: Limits = Limits(), admission: @escaping @Sendable (HTTPRequest) -> Admission = { _ in .body(limit: 1024) },
    answer: @escaping @Sendable (Request) -> Response? = { _ in Response(head: HTTPResponse(status: .ok), body: Array("hello".utf8)) }
  ) {
    moment = Moment(instant: Play.start, date: HTTPDate(secondsSince1970: 784_111_777))
    machine = ConnectionMachine(limits: limits, peer: "192.0.2.7", at: moment)
    self.admission = admission
    self.answer = answer
  }

  var wantsInput: Bool { machine.wantsInput }
  var phase: ConnectionMachine.Phase { machine.phase }

  var text: String { String(decoding: output, as: UTF8.self) }

  /// The status codes of the responses, interim ones included.
  var statuses: [Int] { responses.map(\.status) }

  struct Heard {
    var status: Int
    var lines: [String]
    var content: String
  }

  /// The responses, told apart by their status lines: no test's content looks like one.
  var responses: [Heard] {
    text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: true).map { response in
      let parts = response.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
      return Heard(
        status: Int(response.prefix(3)) ?? 0, lines: parts[0].split(separator: "\r\n").map(String.init),
        content: parts.count == 2 ? String(parts[1]) : "")
    }
  }

  /// What the server owes whatever the request is: a date in each final response (RFC 9110 §6.6.1), `Connection: close` in the last one of a
  /// connection and in no other (RFC 9112 §9.6), and nothing taken up after a fault.
  var misconduct: String? {
    let final = responses.filter { $0.status >= 200 }
    if final.contains(where: { response in response.lines.count { $0.hasPrefix("Date: ") } != 1 }) { return "a response without its date" }
    let closing = final.map { $0.lines.contains("Connection: close") }
    if closing.dropLast().contains(true) { return "a response after the last one" }
    if closing.last ?? false != hasShutDownWrite { return "the end is not told" }
    return refusals.isEmpty || hasShutDownWrite ? nil : "the connection goes on after a fault"
  }

  func receive(_ bytes: some Collection<UInt8>) {
    guard !isClosed, machine.wantsInput else { return }
    Array(bytes).withUnsafeBytes { machine.receive($0, at: moment) }
    run()
  }

  func receive(_ text: String) { receive(Array(text.utf8)) }

  func receiveEnd() {
    guard !isClosed else { return }
    machine.receiveEnd()
    run()
  }

  func pass(_ duration: Duration) {
    moment.instant += duration
    machine.expire(at: moment)
    run()
  }

  func respond(_ response: Response, to number: Int) {
    machine.respond(response, to: number, at: moment)
    run()
  }

  /// Begins a streamed answer to the present request.
  func stream(_ head: HTTPResponse = HTTPResponse(status: .ok), isBlocked: Bool = false) {
    machine.stream(head, to: machine.number, at: moment)
    run(isBlocked: isBlocked)
  }

  /// Supplies the piece that is awaited; nil ends the content.
  func supply(_ piece: String?, isBlocked: Bool = false) {
    machine.supply(piece.map { Array($0.utf8) }, to: awaited.removeFirst(), at: moment)
    run(isBlocked: isBlocked)
  }

  func cut() {
    machine.cut(awaited.removeFirst())
    run()
  }

  func drain() {
    machine.drain()
    run()
  }

  /// Takes all steps; sends everything at once unless `isBlocked`.
  func run(isBlocked: Bool = false) {
    repeat {
      while !isClosed, let step = machine.next(at: moment) { perform(step) }
    } while !isClosed && !isBlocked && send()
  }

  private func send() -> Bool {
    guard machine.unsentCount > 0 else { return false }
    machine.withUnsent { output += Array($0) }
    machine.sent(machine.unsentCount, at: moment)
    return true
  }

  private func perform(_ step: ConnectionMachine.Step) {
    switch step {
    case .admit(let head): machine.admit(admission(head), at: moment)
    case .respond(let request, let number):
      requests.append(request)
      guard let response = answer(request) else { return }
      if let pieces {
        rest = pieces[...]
        machine.stream(response.head, to: number, at: moment)
      } else {
        machine.respond(response, to: number, at: moment)
      }
    case .produce(let number) where pieces != nil: machine.supply(rest.popFirst().map { Array($0.utf8) }, to: number, at: moment)
    case .produce(let number): awaited.append(number)
    case .refused(let fault): refusals.append(fault)
    case .shutDownWrite: hasShutDownWrite = true
    case .close: isClosed = true
    }
  }
}
